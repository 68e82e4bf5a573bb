import { exactMatch } from "./scores.ts";
import { lengthMask } from "@attention-lab/tensors";
import { batches, paddedIds } from "./batches.ts";
import type { CommonOptions } from "./define-task.ts";
import type { Chance, Example, SequenceBatch, SequenceToSequence, Split } from "./task.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** Ids 0, 1 and 2 of sources and targets; symbols begin at 3. */
const special = { padding: 0, begin: 1, end: 2 } as const;
const first = 3;

interface SequenceOptions extends Required<CommonOptions> {
  readonly name: string;
  readonly sourceSymbols: Vocabulary;
  /** The source's own object where source and target share their symbols. */
  readonly targetSymbols: Vocabulary;
  readonly sourceLength: number;
  /** Target tokens without the end. */
  readonly answerLength: number;
  readonly chance: Chance;
  /** Ids of the symbol vocabularies. */
  readonly example: (split: Split, index: number) => Example;
}

/** A sequence-to-sequence task of examples in symbols; scored by exact match. */
export function sequenceTask(options: SequenceOptions): SequenceToSequence {
  const { name, sourceSymbols, targetSymbols, sourceLength, answerLength } = options;
  const targetLength = answerLength + 1;
  const example = (split: Split, index: number): Example => {
    const { source, target } = options.example(split, index);
    return { source: source.map((id) => id + first), target: target.map((id) => id + first) };
  };
  const batchOf = (split: Split, wanted: readonly number[]): SequenceBatch => {
    const examples = wanted.map((index) => example(split, index));
    const sourceLengths = examples.map(({ source }) => source.length);
    return {
      sources: paddedIds(
        examples.map(({ source }) => source),
        sourceLength,
        special.padding,
      ),
      sourcePadding: lengthMask(sourceLengths, sourceLength),
      sourceLengths,
      inputs: paddedIds(
        examples.map(({ target }) => [special.begin, ...target]),
        targetLength,
        special.padding,
      ),
      targets: paddedIds(
        examples.map(({ target }) => [...target, special.end]),
        targetLength,
        -1,
      ),
    };
  };
  const decodeBy = (vocabulary: Vocabulary) => (tokens: Iterable<number>) =>
    vocabulary.decode([...tokens].filter((token) => token >= first).map((token) => token - first));
  return {
    kind: "sequence",
    name,
    chance: options.chance,
    measure: "exact match",
    score: exactMatch,
    sourceVocabulary: sourceSymbols.size + first,
    sourceLength,
    vocabulary: targetSymbols.size + first,
    targetLength,
    shared: sourceSymbols === targetSymbols,
    ...special,
    example,
    ...batches(options, batchOf),
    decode: decodeBy(targetSymbols),
    decodeSource: decodeBy(sourceSymbols),
  };
}
