import { type Tensor2D, type Tensor3D, type Variable, reshape, tensor2d, variable } from "@tensorflow/tfjs-core";
import { embeddingLookup, linear } from "@attention-lab/ops";
import { textTask } from "@attention-lab/tasks";
import { randomNormal } from "@attention-lab/tensors";
import {
  adamW,
  languageModelling,
  type LabelledData,
  type TokenBatch,
  type TokenModel,
  Trainer,
  type TrainerOptions,
  warmupConstant,
} from "@attention-lab/training";

const text = "the whale, the white whale, and the sea; ".repeat(30);
export const whales = () =>
  textTask({ name: "whales", text, vocabulary: "character", length: 8, batchSize: 4, seed: 3 });

/** A bigram model: the logits of the next token are a row of a table, through one linear layer. */
export function bigram(vocabulary: number): TokenModel & { readonly weights: Record<"table" | "head", Variable> } {
  const make = (seed: number, shape: [number, number]): Variable => {
    const initial = randomNormal(seed, shape, 0, 0.1);
    const held = variable(initial);
    initial.dispose();
    return held;
  };
  const weights = { table: make(1, [vocabulary, 6]), head: make(2, [6, vocabulary]) };
  return {
    weights,
    parameters: () => weights,
    logits: (ids) => {
      const rows = embeddingLookup(weights.table as unknown as Tensor2D, ids);
      return reshape(linear(rows, weights.head as unknown as Tensor2D), [...ids.shape, vocabulary]) as Tensor3D;
    },
  };
}

export function whaleTrainer(options: Partial<TrainerOptions> = {}): Trainer {
  const task = whales();
  return new Trainer({
    objective: languageModelling(bigram(task.vocabulary), task),
    schedule: warmupConstant({ base: 0.05, warmup: 5 }),
    optimizer: adamW({ weightDecay: 0 }),
    clipNorm: 1,
    run: "bigram",
    ...options,
  });
}

/** Rows of ids and targets as a task: batch i of `rowsPerBatch` rows, from the beginning again when all were given. */
export function rowsTask(
  inputs: readonly (readonly number[])[],
  targets: readonly (readonly number[])[],
  rowsPerBatch: number,
): LabelledData<TokenBatch> {
  const batches = inputs.length / rowsPerBatch;
  const at = (index: number): TokenBatch => {
    const from = (index % batches) * rowsPerBatch;
    const part = (rows: readonly (readonly number[])[]) =>
      tensor2d(
        rows.slice(from, from + rowsPerBatch).map((row) => [...row]),
        undefined,
        "int32",
      );
    return { inputs: part(inputs), targets: part(targets) };
  };
  return { name: "rows", batch: at, validationBatches: batches, validationBatch: at };
}
