/** Attributes and inputs of the kernels of pattern attention: part of the contract in `kernel-names.ts`. */
import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { Pattern } from "./pattern.ts";

/** Which weights are dropped: see `dropWeights` for the mask that belongs to these numbers. */
export interface WeightDropoutAttributes {
  /** Above 0. */
  readonly rate: number;
  /** Words 0 and 1 of the Philox key. */
  readonly key: readonly [number, number];
  /** Words 2 and 3 of the Philox counter; words 0 and 1 are floor(key / 8) and the row (b H + h) N + n. */
  readonly counter: readonly [number, number];
}

export interface PatternAttentionAttributes {
  readonly pattern: Pattern;
  /** Multiplies q.k. */
  readonly scale: number;
  /** Position of query 0 among the keys. */
  readonly queryOffset: number;
  /** Positions of global keys, one list per batch row. */
  readonly globals?: readonly (readonly number[])[];
  /** Exactly with offsetScores: their offset r is clip(key - query - queryOffset, -clip, clip) + clip. */
  readonly clip?: number;
  /** Whether the weights summed by clipped offset are wanted. */
  readonly offsetSums?: true;
  readonly dropout?: WeightDropoutAttributes;
}
export interface PatternAttentionInputs {
  readonly q: TensorInfo; // [B,H,N,D]
  readonly k: TensorInfo; // [B,KH,M,D]
  readonly v: TensorInfo; // [B,KH,M,Dv]
  readonly keyPadding?: TensorInfo; // [B,M] float32, 1 = a real key
  readonly bias?: TensorInfo; // [H,N+M-1], index key - query + N - 1
  /** Added to the scaled scores by clipped offset. */
  readonly offsetScores?: TensorInfo; // [B,H,N,2 clip + 1]
}
export interface PatternAttentionGradInputs extends PatternAttentionInputs {
  readonly out: TensorInfo; // [B,H,N,Dv]
  readonly logSumExp: TensorInfo; // [B,H,N], natural logarithm
  readonly dOut: TensorInfo; // [B,H,N,Dv]
  /** Weights by clipped offset, as the forward kernel gave them, and their gradient: exactly when attrs.offsetSums. */
  readonly offsetSums?: TensorInfo; // [B,H,N,2 clip + 1]
  readonly dOffsetSums?: TensorInfo; // [B,H,N,2 clip + 1]
}
