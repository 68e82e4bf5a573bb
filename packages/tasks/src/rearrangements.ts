import { invalid } from "@attention-lab/tensors";
import { defineTask } from "./define-task.ts";
import { exampleSource } from "./example-source.ts";
import { sequenceTask } from "./sequence-task.ts";
import { symbolVocabulary } from "./vocabulary.ts";

const alphabet = "a b c d e f g h i j k l m n o p q r s t u v w x y z".split(" ");

/** A task whose answer has the source's symbols in another order. Sources have from `shortest` to `length` random letters. */
function rearrangement(name: string, summary: string, rearrange: (source: readonly number[]) => number[]) {
  return defineTask({
    name,
    kind: "sequence",
    summary,
    source: "Graves et al. 2014, section 4.1, and its kin",
    defaults: { length: 12, shortest: 4, symbols: 10 },
    make(options) {
      const { length, shortest, symbols } = options;
      if (symbols > alphabet.length)
        throw invalid(`${name} task`, `symbols must be at most ${alphabet.length}`, symbols);
      if (shortest > length) throw invalid(`${name} task`, `shortest must be at most the length ${length}`, shortest);
      const vocabulary = symbolVocabulary(alphabet.slice(0, symbols), { between: "" });
      const example = exampleSource({
        name,
        seed: options.seed,
        draw: (draws) => {
          const source = Array.from({ length: draws.between(shortest, length) }, () => draws.below(symbols));
          return { source, target: rearrange(source) };
        },
        input: ({ source }) => source,
      });
      const lengths = Array.from({ length: length - shortest + 1 }, (_, more) => shortest + more);
      return sequenceTask({
        ...options,
        name,
        sourceSymbols: vocabulary,
        targetSymbols: vocabulary,
        sourceLength: length,
        answerLength: length,
        example,
        chance: {
          score: lengths.reduce((sum, n) => sum + symbols ** -n, 0) / lengths.length,
          guess: `as many of the ${symbols} letters as the source has, each as likely`,
        },
      });
    },
  });
}

/** The source as it is. Exact match; the splits share no source. */
export const copy = rearrangement("copy", "the letters of the source", (source) => [...source]);

/** The source from its end. */
export const reverse = rearrangement("reverse", "the letters of the source from the last to the first", (source) =>
  source.toReversed(),
);

/** The source in alphabetical order. */
export const sort = rearrangement("sort", "the letters of the source in alphabetical order", (source) =>
  source.toSorted((a, b) => a - b),
);
