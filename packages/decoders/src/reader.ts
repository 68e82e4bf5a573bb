import { slice, type Tensor, type Tensor2D, tensor1d, tensor2d, type TensorContainer } from "@tensorflow/tfjs-core";
import { carry, scope } from "@attention-lab/tensors";
import { gatherRows } from "./gather-rows.ts";
import type { LanguageModel, StepwiseModel } from "./language-model.ts";

/** A growing sequence of ids, which goes on from the prompt of the number `origin`. */
export interface Row {
  readonly ids: readonly number[];
  readonly origin: number;
}

/** Reads the logits that follow growing sequences of ids. */
export interface Reader {
  /** Logits [V] after the first `length` ids of each row. */
  read(rows: readonly Row[], length: number): Promise<Float32Array[]>;
  /** From now on row i goes on from what was row `from[i]`; rows may be repeated and left out. */
  select(from: readonly number[]): void;
  /** Frees what the reader holds. */
  release(): void;
}

/** Computes whole sequences, or their last `maxLength` ids, anew for every token. */
export function wholeReader(model: LanguageModel): Reader {
  const { maxLength, vocabulary } = model;
  return {
    async read(rows, length) {
      const contexts = rows.map(({ ids }) => ids.slice(Math.max(0, length - maxLength), length));
      const width = contexts[0]?.length ?? 0;
      const last = scope("decode", () => {
        const ids = tensor2d(contexts, [rows.length, width], "int32");
        const origins = rows.map(({ origin }) => origin);
        const logits = model.logitsFrom?.(ids, origins) ?? model.logits(ids); // [B,N,V]
        return slice(logits, [0, width - 1, 0], [rows.length, 1, vocabulary]);
      });
      const values = await copyRows(last, rows.length);
      free(last);
      return values;
    },
    select() {},
    release() {},
  };
}

type Progress = { readonly state: TensorContainer; readonly logits?: Tensor2D };

/** Gives the model only the ids it has not seen, one step each, and carries its state between reads. */
export function steppedReader(model: StepwiseModel): Reader {
  let progress: Progress | undefined;
  let seen = 0;
  return {
    async read(rows, length) {
      progress ??= { state: scope("decode", () => model.start(rows.length)) };
      for (; seen < length; seen++) {
        const ids = rows.map((row) => row.ids[seen] ?? 0);
        progress = carry<Progress>(progress, ({ state }) => model.step(state, tensor1d(ids, "int32")));
      }
      if (progress.logits === undefined) throw new RangeError("decode: there must be a token to read, got none");
      return copyRows(progress.logits, rows.length);
    },
    select(from) {
      if (progress !== undefined)
        progress = carry<Progress>(progress, ({ state }) => ({ state: gatherRows(state, from) }));
    },
    release() {
      if (progress !== undefined) free(progress);
      progress = undefined;
    },
  };
}

async function copyRows(logits: Tensor, rows: number): Promise<Float32Array[]> {
  const values = (await logits.data()) as Float32Array;
  const width = values.length / rows;
  // Copies: a backend with a buffer pool may hand out a view of memory that the next tensor reuses.
  return Array.from({ length: rows }, (_, row) => values.slice(row * width, (row + 1) * width));
}

/** Frees by carrying into an empty state: `carry` is what may dispose of tensors. */
function free(held: TensorContainer): void {
  carry<TensorContainer>(held, () => undefined);
}
