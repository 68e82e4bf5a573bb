import {
  reshape,
  slice,
  type Tensor,
  type Tensor2D,
  tensor1d,
  tensor2d,
  type TensorContainer,
} from "@tensorflow/tfjs-core";
import { carry, scope } from "@attention-lab/tensors";
import type { LanguageModel, StepwiseModel } from "./language-model.ts";

/** Reads the logits [V] that follow a growing sequence of ids. */
export interface Reader {
  read(ids: readonly number[]): Promise<Float32Array>;
  /** Frees what the reader holds. */
  release(): void;
}

/** Computes the whole sequence, or its last `maxLength` ids, anew for every token. */
export function wholeReader(model: LanguageModel): Reader {
  return {
    async read(ids) {
      const context = ids.slice(-model.maxLength);
      const row = scope("decode", () => {
        const logits = model.logits(tensor2d(context, [1, context.length], "int32")); // [1,N,V]
        return reshape(slice(logits, [0, context.length - 1, 0], [1, 1, model.vocabulary]), [model.vocabulary]);
      });
      return readAndFree(row);
    },
    release() {},
  };
}

/** Gives the model only the ids it has not seen, one step each, and carries its state between reads. */
export function steppedReader(model: StepwiseModel): Reader {
  type Progress = { readonly state: TensorContainer; readonly logits?: Tensor2D };
  let progress: Progress | undefined;
  let seen = 0;
  return {
    async read(ids) {
      progress ??= { state: scope("decode", () => model.start(1)) };
      for (; seen < ids.length; seen++) {
        const id = ids[seen] ?? 0;
        progress = carry<Progress>(progress, ({ state }) => model.step(state, tensor1d([id], "int32")));
      }
      if (progress.logits === undefined) throw new RangeError("decode: there must be a token to read, got none");
      return (await progress.logits.data()) as Float32Array;
    },
    release() {
      if (progress !== undefined) free(progress);
      progress = undefined;
    },
  };
}

async function readAndFree(row: Tensor): Promise<Float32Array> {
  const values = (await row.data()) as Float32Array;
  // A copy: a backend with a buffer pool may hand out a view of memory that the next tensor reuses.
  const copy = values.slice();
  free(row);
  return copy;
}

/** Frees by carrying into an empty state: `carry` is what may dispose of tensors. */
function free(held: TensorContainer): void {
  carry<TensorContainer>(held, () => undefined);
}
