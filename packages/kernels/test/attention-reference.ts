import type { AttentionGradientCall, Predicate, TileList, WeightDropout } from "../src/index.ts";
import { philox } from "./philox.ts";

/** A sparse rule: which (query, key) pairs of a head are seen, besides what the predicate says. */
export type Rule = (head: number, query: number, key: number) => boolean;

/** Whether query i sees key j: the definition, in one place for the reference and the brute-force tile lists. */
export function sees(predicate: Predicate, keys: number, b: number, h: number, query: number, key: number): boolean {
  const distance = key - (query + predicate.queryOffset);
  if (predicate.causal && distance > 0) return false;
  const { window, globalKeys } = predicate;
  if (window === undefined || globalKeys?.[b * keys + key] === 1) return true;
  const steps = distance / (window.dilation[h] ?? 1);
  return Number.isInteger(steps) && steps >= -window.before && steps <= window.after;
}

export interface Shape {
  readonly batch: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly queries: number;
  readonly keys: number;
  readonly headDim: number;
  readonly valueDim: number;
}

/** Tile lists found by asking about every pair: one list per (batch, head), and one mask for every tile where a rule hides something. */
export function bruteForceTiles(
  predicate: Predicate,
  shape: Shape,
  rowTile: number,
  columnTile: number,
  transposed: boolean,
  rule?: Rule,
): TileList {
  const { batch, heads, queries, keys } = shape;
  const [rowLength, columnLength] = transposed ? [keys, queries] : [queries, keys];
  const rows = Math.ceil(rowLength / rowTile);
  const start = [0];
  const tile: number[] = [];
  const partial: number[] = [];
  const mask: number[] = [];
  const masks: number[] = [];
  for (let b = 0; b < batch; b++)
    for (let h = 0; h < heads; h++)
      for (let r = 0; r < rows; r++) {
        for (let c = 0; c * columnTile < columnLength; c++) {
          let seen = 0;
          let pairs = 0;
          const bits = new Int32Array(columnTile * 2);
          for (let x = r * rowTile; x < Math.min(rowLength, (r + 1) * rowTile); x++)
            for (let y = c * columnTile; y < Math.min(columnLength, (c + 1) * columnTile); y++) {
              pairs++;
              const [query, key] = transposed ? [y, x] : [x, y];
              if (!sees(predicate, keys, b, h, query, key) || rule?.(h, query, key) === false) continue;
              seen++;
              const bit = x - r * rowTile;
              bits[(y - c * columnTile) * 2 + (bit >> 5)]! |= 1 << (bit & 31);
            }
          if (seen === 0) continue;
          tile.push(c);
          partial.push(seen < pairs ? 1 : 0);
          mask.push(seen < pairs && rule !== undefined ? masks.length / bits.length : -1);
          if (mask.at(-1) !== -1) masks.push(...bits);
        }
        start.push(tile.length);
      }
  return {
    start: Int32Array.from(start),
    tile: Int32Array.from(tile),
    partial: Uint8Array.from(partial),
    ...(rule !== undefined && { mask: Int32Array.from(mask), masks: Int32Array.from(masks) }),
    rows,
    batchStride: heads,
    headStride: 1,
  };
}

/** What a weight is multiplied with: 0 when it is dropped. */
function dropFactor(dropout: WeightDropout | undefined, row: number, key: number): number {
  if (dropout === undefined) return 1;
  const words = philox([Math.floor(key / 8), row, ...dropout.counter], dropout.key);
  const word = words[(key % 8) >> 1]!;
  const half = key % 2 === 0 ? word % 65536 : Math.floor(word / 65536);
  const threshold = Math.round(dropout.rate * 65536);
  return half >= threshold ? 65536 / (65536 - threshold) : 0;
}

type Inputs = Omit<AttentionGradientCall, "out" | "logSumExp" | "tiles" | "dq" | "dk" | "dv">;

/** Attention and all its gradients in float64, pair by pair. */
export function attentionReference(call: Inputs, rule?: Rule) {
  const { batch, heads, keyValueHeads, queries, keys, headDim: D, valueDim: E, scale, q, k, v, dOut } = call;
  const { clip = 0, scores: table, dSums } = call.offsets ?? {};
  const out = new Float64Array(batch * heads * queries * E);
  const logSumExp = new Float64Array(batch * heads * queries).fill(Number.NEGATIVE_INFINITY);
  const dq = new Float64Array(q.length);
  const dk = new Float64Array(k.length);
  const dv = new Float64Array(v.length);
  const offsets = queries + keys - 1;
  const dBias = new Float64Array(heads * offsets);
  const sums = new Float64Array(batch * heads * queries * (2 * clip + 1));
  const dScores = new Float64Array(sums.length);
  for (let row = 0; row < batch * heads * queries; row++) {
    const i = row % queries;
    const b = Math.floor(row / queries / heads);
    const h = Math.floor(row / queries) % heads;
    const kh = b * keyValueHeads + Math.floor((h * keyValueHeads) / heads);
    const [qAt, oAt] = [row * D, row * E];
    const place = (j: number): number => {
      const distance = j - i - call.predicate.queryOffset;
      return row * (2 * clip + 1) + Math.max(-clip, Math.min(distance, clip)) + clip;
    };
    const score = new Map<number, number>();
    let top = Number.NEGATIVE_INFINITY;
    for (let j = 0; j < keys; j++) {
      if (call.keyPadding?.[b * keys + j] === 0 || !sees(call.predicate, keys, b, h, i, j)) continue;
      if (rule?.(h, i, j) === false) continue;
      let s = 0;
      for (let d = 0; d < D; d++) s += q[qAt + d]! * k[(kh * keys + j) * D + d]!;
      s = s * scale + (call.bias?.[h * offsets + j - i + queries - 1] ?? 0) + (table?.[place(j)] ?? 0);
      score.set(j, s);
      top = Math.max(top, s);
    }
    if (score.size === 0) continue;
    let sum = 0;
    for (const s of score.values()) sum += Math.exp(s - top);
    logSumExp[row] = top + Math.log(sum);
    let delta = 0;
    const weights = Array.from(score, ([j, s]) => {
      const softmax = Math.exp(s - top) / sum;
      const kept = dropFactor(call.dropout, row, j);
      let dWeight = dSums?.[place(j)] ?? 0;
      for (let e = 0; e < E; e++) {
        dWeight += dOut[oAt + e]! * v[(kh * keys + j) * E + e]!;
        out[oAt + e]! += softmax * kept * v[(kh * keys + j) * E + e]!;
      }
      sums[place(j)]! += softmax * kept;
      delta += softmax * kept * dWeight;
      return { j, softmax, kept, dWeight };
    });
    for (const { j, softmax, kept, dWeight } of weights) {
      const [kAt, vAt] = [(kh * keys + j) * D, (kh * keys + j) * E];
      for (let e = 0; e < E; e++) dv[vAt + e]! += softmax * kept * dOut[oAt + e]!;
      const ds = softmax * (kept * dWeight - delta);
      dBias[h * offsets + j - i + queries - 1]! += ds;
      dScores[place(j)]! += ds;
      for (let d = 0; d < D; d++) {
        dq[qAt + d]! += ds * scale * k[kAt + d]!;
        dk[kAt + d]! += ds * scale * q[qAt + d]!;
      }
    }
  }
  return { out, logSumExp, dq, dk, dv, dBias, sums, dScores };
}
