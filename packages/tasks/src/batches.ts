import { type Tensor2D, tensor2d } from "@tensorflow/tfjs-core";
import { invalid } from "@attention-lab/tensors";
import type { Batch, Rows, Split } from "./task.ts";

/** Inputs and, place by place, what is to be predicted; -1 where nothing is. */
export interface Asked {
  readonly inputs: readonly number[];
  readonly targets: readonly number[];
}

/** int32 [rows, width], each row filled up behind with `filler`. Errors: RangeError for a row that is longer than the width. */
export function paddedIds(rows: Rows, width: number, filler: number): Tensor2D {
  const ids = new Int32Array(rows.length * width).fill(filler);
  for (const [index, row] of rows.entries()) {
    if (row.length > width) throw invalid("batch", `a row must have at most ${width} tokens`, row.length);
    ids.set(row, index * width);
  }
  return tensor2d(ids, [rows.length, width], "int32");
}

/** Rows of at most `length` tokens; short ones are filled up with id 0, of which nothing is asked. */
export function askedBatch(rows: readonly Asked[], length: number): Batch {
  const [inputs, targets] = [rows.map((row) => row.inputs), rows.map((row) => row.targets)];
  return { inputs: paddedIds(inputs, length, 0), targets: paddedIds(targets, length, -1) };
}

/** The batches of both splits, by a function of a split and the numbers of the examples: batch i has the i-th `batchSize` of them. */
export function batches<B>(
  { batchSize, validationBatches }: { readonly batchSize: number; readonly validationBatches: number },
  make: (split: Split, examples: readonly number[]) => B,
) {
  const numbers = (batch: number) => Array.from({ length: batchSize }, (_, row) => batch * batchSize + row);
  return {
    batchSize,
    batch: (step: number): B => make("training", numbers(step)),
    validationBatches,
    /** @throws RangeError for a batch that does not exist. */
    validationBatch(index: number): B {
      requireHeldOut(index, validationBatches);
      return make("validation", numbers(index));
    },
  };
}

/** @throws RangeError for a held-out batch that does not exist. */
export function requireHeldOut(index: number, batches: number): void {
  if (!(index >= 0 && index < batches)) {
    throw invalid("validationBatch", `index must be from 0 to ${batches - 1}`, index);
  }
}
