import type { Asked } from "./batches.ts";
import { defineTask } from "./define-task.ts";
import { exampleSource } from "./example-source.ts";
import { languageExamples } from "./language-examples.ts";
import { symbolVocabulary } from "./vocabulary.ts";

/**
 * The next letter: A after letters that are all A, B after any B. Rows have 2 to `length` letters and one question, at the last of them. Half
 * of the rows are all A; of the others half hold a single B, anywhere, so that the answer cannot be had without looking at every letter, and
 * half are random letters. The splits are drawn apart but share inputs: there are few.
 */
export const letters = defineTask({
  name: "letters",
  kind: "language",
  summary: "the letter that follows: A after all A, B after any B",
  source: "a classic first example of attention",
  defaults: { length: 16 },
  make(options) {
    const { length } = options;
    const symbols = symbolVocabulary(["A", "B"], { between: "" });
    const example = exampleSource({
      name: "letters",
      seed: options.seed,
      draw: (draws): Asked => {
        const count = draws.between(Math.min(2, length), length);
        const kind = draws.below(4);
        const row = Array.from({ length: count }, () => (kind === 0 ? draws.below(2) : 0));
        // Random letters may all be A: they too are given a B, or the answers would lean to A.
        if (kind < 2) row[draws.below(count)] = 1;
        const answer = row.includes(1) ? 1 : 0;
        return { inputs: row, targets: row.map((_, place) => (place === count - 1 ? answer : -1)) };
      },
    });
    return languageExamples({
      ...options,
      name: "letters",
      symbols,
      length,
      example,
      chance: { score: 1 / 2, guess: "one of the 2 letters, each as likely" },
    });
  },
});
