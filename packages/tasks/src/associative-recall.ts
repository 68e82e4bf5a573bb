import { invalid } from "@attention-lab/tensors";
import type { Asked } from "./batches.ts";
import { defineTask } from "./define-task.ts";
import type { Draws } from "./draws.ts";
import { exampleSource } from "./example-source.ts";
import { languageExamples } from "./language-examples.ts";
import { symbolVocabulary } from "./vocabulary.ts";

/**
 * Multi-query associative recall, MQAR (Arora et al. 2023, "Zoology", appendix E, as its published generator does it):
 *
 *     inputs   k1 v1 k2 v2 ... kP vP  .  .  k2  .  .  .  k1  .
 *     targets   -  -  -  - ...  -  -  -  -  v2  -  -  -  v1  -
 *
 * `pairs` distinct keys of the lower half of the vocabulary (0 is the blank) with distinct values of the upper half; then each key once more, at
 * one of the even places behind, drawn without replacement with probability proportional to gap^(power - 1). With `fill: "random"`, the
 * generator's default, blanks become random tokens of the whole vocabulary; "blank" leaves them, as its published experiments do.
 */
export const associativeRecall = defineTask({
  name: "associative-recall",
  kind: "language",
  summary: "the value that followed each queried key (MQAR)",
  source: "Arora et al. 2023, Zoology",
  defaults: { length: 64, pairs: 8, vocabulary: 128, power: 0.01, fill: "random" },
  fractions: ["power"],
  make(options) {
    const { length, pairs, vocabulary, power, fill } = options;
    const who = "associative-recall task";
    if (length % 2 !== 0) throw invalid(who, "length must be even", length);
    if (4 * pairs > length) throw invalid(who, `pairs must be at most a quarter of the length ${length}`, pairs);
    if (vocabulary % 2 !== 0 || vocabulary / 2 - 1 < pairs) {
      throw invalid(who, `vocabulary must be even, with a key and a value for each of ${pairs} pairs`, vocabulary);
    }
    if (fill !== "random" && fill !== "blank") throw invalid(who, 'fill must be "random" or "blank"', fill);
    const half = vocabulary / 2;
    const places = (length - 2 * pairs) / 2;
    const weights = Array.from({ length: places }, (_, gap) => (gap + 1) ** (power - 1));
    const example = exampleSource({
      name: "associative-recall",
      seed: options.seed,
      draw: (draws): Asked => {
        const keys = distinct(draws, 1, half, pairs);
        const values = distinct(draws, half, vocabulary, pairs);
        const inputs = Array<number>(length).fill(0);
        const targets = Array<number>(length).fill(-1);
        const gaps = weighted(draws, weights, pairs);
        for (const [pair, key] of keys.entries()) {
          const place = 2 * pairs + 2 * (gaps[pair] ?? 0);
          inputs[2 * pair] = key;
          inputs[2 * pair + 1] = values[pair] ?? 0;
          inputs[place] = key;
          targets[place] = values[pair] ?? 0;
        }
        return {
          inputs: fill === "blank" ? inputs : inputs.map((id) => (id === 0 ? draws.below(vocabulary) : id)),
          targets,
        };
      },
      input: ({ inputs }) => inputs,
    });
    const names = Array.from({ length: vocabulary }, (_, id) =>
      id === 0 ? "." : id < half ? `k${id}` : `v${id - half}`,
    );
    return languageExamples({
      ...options,
      name: "associative-recall",
      symbols: symbolVocabulary(names, { between: " " }),
      length,
      example,
      chance: { score: 1 / half, guess: `one of the ${half} values, each as likely` },
    });
  },
});

/** `count` different integers of [from, to). */
function distinct(draws: Draws, from: number, to: number, count: number): number[] {
  const chosen = new Set<number>();
  while (chosen.size < count) chosen.add(draws.between(from, to - 1));
  return [...chosen];
}

/** `count` different indices, one after the other, each with probability in proportion to the weights that are left. */
function weighted(draws: Draws, weights: readonly number[], count: number): number[] {
  const left = [...weights];
  return Array.from({ length: count }, () => {
    let rest = draws.uniform() * left.reduce((sum, weight) => sum + weight, 0);
    let index = left.findIndex((weight) => weight > 0 && (rest -= weight) < 0);
    if (index < 0) index = left.findLastIndex((weight) => weight > 0); // rounding left a hair over
    left[index] = 0;
    return index;
  });
}
