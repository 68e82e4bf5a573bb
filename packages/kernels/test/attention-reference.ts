import type { AttentionCall, Predicate, TileList } from "../src/index.ts";

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

/** Tile lists found by asking about every pair: one list per (batch, head). */
export function bruteForceTiles(
  predicate: Predicate,
  shape: Shape,
  rowTile: number,
  columnTile: number,
  transposed: boolean,
): TileList {
  const { batch, heads, queries, keys } = shape;
  const [rowLength, columnLength] = transposed ? [keys, queries] : [queries, keys];
  const rows = Math.ceil(rowLength / rowTile);
  const start = [0];
  const tile: number[] = [];
  const partial: number[] = [];
  for (let b = 0; b < batch; b++)
    for (let h = 0; h < heads; h++)
      for (let r = 0; r < rows; r++) {
        for (let c = 0; c * columnTile < columnLength; c++) {
          let seen = 0;
          let pairs = 0;
          for (let x = r * rowTile; x < Math.min(rowLength, (r + 1) * rowTile); x++)
            for (let y = c * columnTile; y < Math.min(columnLength, (c + 1) * columnTile); y++) {
              pairs++;
              const [query, key] = transposed ? [y, x] : [x, y];
              if (sees(predicate, keys, b, h, query, key)) seen++;
            }
          if (seen === 0) continue;
          tile.push(c);
          partial.push(seen < pairs ? 1 : 0);
        }
        start.push(tile.length);
      }
  return {
    start: Int32Array.from(start),
    tile: Int32Array.from(tile),
    partial: Uint8Array.from(partial),
    rows,
    batchStride: heads,
    headStride: 1,
  };
}

type Inputs = Omit<AttentionCall, "out" | "logSumExp" | "tiles"> & { readonly dOut: Float32Array };

/** Attention and all its gradients in float64, pair by pair. */
export function attentionReference(call: Inputs) {
  const { batch, heads, keyValueHeads, queries, keys, headDim: D, valueDim: E, scale, q, k, v, dOut } = call;
  const out = new Float64Array(batch * heads * queries * E);
  const logSumExp = new Float64Array(batch * heads * queries).fill(Number.NEGATIVE_INFINITY);
  const dq = new Float64Array(q.length);
  const dk = new Float64Array(k.length);
  const dv = new Float64Array(v.length);
  const offsets = queries + keys - 1;
  const dBias = new Float64Array(heads * offsets);
  for (let bh = 0; bh < batch * heads; bh++) {
    const b = Math.floor(bh / heads);
    const h = bh % heads;
    const kh = b * keyValueHeads + Math.floor((h * keyValueHeads) / heads);
    for (let i = 0; i < queries; i++) {
      const qAt = (bh * queries + i) * D;
      const oAt = (bh * queries + i) * E;
      const score = new Map<number, number>();
      let top = Number.NEGATIVE_INFINITY;
      for (let j = 0; j < keys; j++) {
        if (call.keyPadding?.[b * keys + j] === 0 || !sees(call.predicate, keys, b, h, i, j)) continue;
        let s = 0;
        for (let d = 0; d < D; d++) s += q[qAt + d]! * k[(kh * keys + j) * D + d]!;
        s = s * scale + (call.bias?.[h * offsets + j - i + queries - 1] ?? 0);
        score.set(j, s);
        top = Math.max(top, s);
      }
      if (score.size === 0) continue;
      let sum = 0;
      for (const s of score.values()) sum += Math.exp(s - top);
      logSumExp[bh * queries + i] = top + Math.log(sum);
      for (const [j, s] of score) {
        const p = Math.exp(s - top) / sum;
        score.set(j, p);
        for (let e = 0; e < E; e++) out[oAt + e]! += p * v[(kh * keys + j) * E + e]!;
      }
      let delta = 0;
      for (let e = 0; e < E; e++) delta += out[oAt + e]! * dOut[oAt + e]!;
      for (const [j, p] of score) {
        const kAt = (kh * keys + j) * D;
        const vAt = (kh * keys + j) * E;
        let dp = 0;
        for (let e = 0; e < E; e++) {
          dp += dOut[oAt + e]! * v[vAt + e]!;
          dv[vAt + e]! += p * dOut[oAt + e]!;
        }
        const ds = p * (dp - delta);
        dBias[h * offsets + j - i + queries - 1]! += ds;
        for (let d = 0; d < D; d++) {
          dq[qAt + d]! += ds * scale * k[kAt + d]!;
          dk[kAt + d]! += ds * scale * q[qAt + d]!;
        }
      }
    }
  }
  return { out, logSumExp, dq, dk, dv, dBias };
}
