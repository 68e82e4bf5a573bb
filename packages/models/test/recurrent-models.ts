import { bahdanau, luong } from "@attention-lab/attention-seq2seq";
import { integers } from "@attention-lab/tensors";
import { tensor2d, type Tensor2D } from "@tensorflow/tfjs-core";
import { type AttentiveContext, RecurrentSeq2Seq, type RecurrentSeq2SeqOptions } from "../src/index.ts";

export const vocabulary = 7;
export const units = 6;

/** Every way in which a decoder may know of its source. */
export const contexts = {
  fixed: "fixed",
  bahdanau: { attend: "before", attention: bahdanau({ units: 5 }) },
  dot: { attend: "after", attention: luong({ score: "dot" }) },
  general: { attend: "after", attention: luong({ score: "general" }) },
  "concat, input feeding": { attend: "after", attention: luong({ score: "concat" }), inputFeeding: true },
} as const satisfies Record<string, "fixed" | AttentiveContext>;
export type ContextName = keyof typeof contexts;
export const contextNames = Object.keys(contexts) as ContextName[];

export const build = (options: Partial<RecurrentSeq2SeqOptions> = {}) =>
  new RecurrentSeq2Seq({
    vocabulary,
    sourceVocabulary: 9,
    embedding: 4,
    units,
    layers: 2,
    cell: "gru",
    context: "fixed",
    dropout: 0,
    seed: 3,
    ...options,
  });

/** int32 ids [rows,length] below `below`. */
export const ids = (rows: number, length: number, below = vocabulary, seed = 1): Tensor2D =>
  tensor2d(integers(seed, rows * length, below), [rows, length], "int32");

export const largest = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  a.length === b.length ? Math.max(...Array.from(a, (value, i) => Math.abs(value - (b[i] ?? NaN)))) : NaN;
