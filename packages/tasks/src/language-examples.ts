import { type Asked, askedBatch, batches } from "./batches.ts";
import type { CommonOptions } from "./define-task.ts";
import { tokenAccuracy } from "./scores.ts";
import type { Chance, LanguageModelling, Split } from "./task.ts";
import type { Vocabulary } from "./vocabulary.ts";

interface LanguageOptions extends Required<CommonOptions> {
  readonly name: string;
  readonly symbols: Vocabulary;
  readonly length: number;
  readonly chance: Chance;
  readonly example: (split: Split, index: number) => Asked;
}

/** A language task of generated rows, scored by the accuracy of the tokens that are asked for. Short rows are filled up with id 0. */
export function languageExamples(options: LanguageOptions): LanguageModelling {
  const { name, symbols, length, chance, example } = options;
  return {
    kind: "language",
    name,
    chance,
    measure: "token accuracy",
    score: tokenAccuracy,
    vocabulary: symbols.size,
    length,
    ...batches(options, (split, examples) =>
      askedBatch(
        examples.map((index) => example(split, index)),
        length,
      ),
    ),
    decode: (tokens) => symbols.decode(tokens),
  };
}
