/** Shaw's terms by their definition, pair by pair, in float64. */
import * as reference from "./references.ts";

export interface RelativeSetting extends reference.AttentionSetting {
  readonly clip: number;
  readonly both?: boolean;
}

/** Inputs: q, k, v, the key vectors [2 clip + 1, D] and, optionally, the value vectors [2 clip + 1, Dv]. */
export function relativeAttention(
  shape: reference.AttentionShape,
  set: RelativeSetting,
  ...[q, k, v, rk, rv]: Float64Array[]
): number[] {
  const { queries, keys, width: D, valueWidth: E } = shape;
  const offset = (i: number, j: number): number =>
    Math.min(Math.max(j - i - set.queryOffset, -set.clip), set.clip) + set.clip;
  const scores = reference.attentionScores(shape, set, q!, k!).map((score, at) => {
    const [row, j] = [Math.floor(at / keys), at % keys];
    const [b, h] = [Math.floor(row / queries / shape.heads), Math.floor(row / queries) % shape.heads];
    const key = (b * shape.keyHeads + Math.floor((h * shape.keyHeads) / shape.heads)) * keys + j;
    const r = offset(row % queries, j);
    let gained = 0;
    for (let d = 0; d < D; d++) {
      gained += (q![row * D + d]! + (set.both === true ? k![key * D + d]! : 0)) * rk![r * D + d]!;
    }
    return score + set.scale * gained;
  });
  const weights = reference.softmaxRows(scores, keys);
  const out = reference.weighted(shape, weights, v!);
  if (rv === undefined) return out;
  return out.map((value, at) => {
    const row = Math.floor(at / E);
    let gained = 0;
    for (let j = 0; j < keys; j++) gained += weights[row * keys + j]! * rv[offset(row % queries, j) * E + (at % E)]!;
    return value + gained;
  });
}
