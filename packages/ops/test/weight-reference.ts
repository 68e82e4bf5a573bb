/** Attention of one kernel call by its definition, in float64: dropped weights, scores and sums by clipped offset. */
import { philox4x32 } from "@attention-lab/tensors";
import type { PatternAttentionAttributes, WeightDropoutAttributes } from "../src/index.ts";
import * as reference from "./references.ts";

export type CallSetting = reference.AttentionSetting & Pick<PatternAttentionAttributes, "clip" | "dropout">;

/** What the weight of row (b H + h) N + n and a key is multiplied with: 0 when it is dropped. */
export function dropFactor({ rate, key, counter }: WeightDropoutAttributes, row: number, position: number): number {
  const words = philox4x32([Math.floor(position / 8), row, ...counter], key);
  const word = words[(position % 8) >> 1] ?? Number.NaN;
  const half = position % 2 === 0 ? word % 65536 : Math.floor(word / 65536);
  const threshold = Math.min(Math.round(rate * 65536), 65535);
  return half >= threshold ? 65536 / (65536 - threshold) : 0;
}

export const clippedOffset = (clip: number, distance: number): number =>
  Math.max(-clip, Math.min(distance, clip)) + clip;

interface Optional {
  readonly bias?: Float64Array | undefined;
  readonly offsetScores?: Float64Array | undefined;
}

export function callScores(
  shape: reference.AttentionShape,
  set: CallSetting,
  q: Float64Array,
  k: Float64Array,
  { bias, offsetScores }: Optional,
): number[] {
  const { queries, keys } = shape;
  const scores = reference.attentionScores(shape, set, q, k, bias);
  if (offsetScores === undefined) return scores;
  const clip = set.clip ?? Number.NaN;
  return scores.map((score, at) => {
    const row = Math.floor(at / keys);
    const offset = clippedOffset(clip, (at % keys) - (row % queries) - set.queryOffset);
    return score + (offsetScores[row * (2 * clip + 1) + offset] ?? Number.NaN);
  });
}

/** out [B,H,N,Dv], and the dropped weights summed by offset [B,H,N,2 clip + 1] (empty without a clip). */
export function callOutputs(
  shape: reference.AttentionShape,
  set: CallSetting,
  [q, k, v]: readonly Float64Array[],
  optional: Optional,
): { readonly out: number[]; readonly sums: number[] } {
  const { queries, keys } = shape;
  const { clip, dropout } = set;
  const weights = reference
    .softmaxRows(callScores(shape, set, q!, k!, optional), keys)
    .map((w, at) => (dropout === undefined ? w : w * dropFactor(dropout, Math.floor(at / keys), at % keys)));
  const out = reference.weighted(shape, weights, v!);
  if (clip === undefined) return { out, sums: [] };
  const sums = Array.from({ length: (weights.length / keys) * (2 * clip + 1) }, () => 0);
  for (const [at, weight] of weights.entries()) {
    const row = Math.floor(at / keys);
    sums[row * (2 * clip + 1) + clippedOffset(clip, (at % keys) - (row % queries) - set.queryOffset)]! += weight;
  }
  return { out, sums };
}
