import { tensor1d } from "@tensorflow/tfjs-core";
import { lengthMask } from "@attention-lab/tensors";
import { batches, paddedIds } from "./batches.ts";
import type { CommonOptions } from "./define-task.ts";
import { tokenAccuracy } from "./scores.ts";
import type { ClassBatch, Classification, Split } from "./task.ts";
import type { Vocabulary } from "./vocabulary.ts";

export interface Labelled {
  /** Ids of the symbol vocabulary. */
  readonly tokens: readonly number[];
  readonly label: number;
}

interface ClassificationOptions extends Required<CommonOptions> {
  readonly name: string;
  readonly symbols: Vocabulary;
  readonly length: number;
  readonly classes: number;
  readonly example: (split: Split, index: number) => Labelled;
}

/** A classification task of examples in symbols, id 0 being the padding; scored by accuracy, and chance picks a class. */
export function classificationTask(options: ClassificationOptions): Classification {
  const { name, symbols, length, classes, example } = options;
  const batchOf = (split: Split, wanted: readonly number[]): ClassBatch => {
    const examples = wanted.map((index) => example(split, index));
    const lengths = examples.map(({ tokens }) => tokens.length);
    return {
      inputs: paddedIds(
        examples.map(({ tokens }) => tokens.map((id) => id + 1)),
        length,
        0,
      ),
      padding: lengthMask(lengths, length),
      lengths,
      targets: tensor1d(
        examples.map(({ label }) => label),
        "int32",
      ),
    };
  };
  return {
    kind: "classification",
    name,
    chance: { score: 1 / classes, guess: `one of the ${classes} classes, each as likely` },
    measure: "token accuracy",
    score: tokenAccuracy,
    vocabulary: symbols.size + 1,
    length,
    classes,
    ...batches(options, batchOf),
    decode: (tokens) => symbols.decode([...tokens].filter((id) => id > 0).map((id) => id - 1)),
  };
}
