import { visible } from "@attention-lab/ops";
import type { Attention, Site } from "../contract.ts";
import { at, type Grid, gridOf } from "./grid.ts";

/** One call in float64. Padding, globals and offset mean what they mean in `Call`. */
export interface OracleCall {
  readonly site: Site;
  readonly q: Grid; // [B,H,N,D]
  readonly k: Grid; // [B,KH,M,D]
  readonly v: Grid; // [B,KH,M,Dv]
  readonly input: Grid; // [B,N,dModel]
  readonly keyPadding?: Grid; // [B,M]
  readonly globals?: readonly (readonly number[])[];
  readonly queryOffset: number;
  /** The mechanism's own variables, by name. */
  readonly parameters: Readonly<Record<string, Grid>>;
  /** Its constants, by name: random features and the like. */
  readonly constants: Readonly<Record<string, Grid>>;
  /** Score bias of a head at an offset (key position minus query position). */
  bias?(head: number, offset: number): number;
  /** Shaw's tables [2 clip + 1, D]. */
  readonly relative?: { readonly clip: number; readonly keys: Grid; readonly values?: Grid };
}

/** The definition of a variant in the plainest arithmetic: [B,H,N,Dv], float64, O(n^2), loops. */
export type Oracle = (call: OracleCall) => Grid;

export interface Seen {
  readonly batch: number;
  readonly head: number;
  readonly query: number;
  readonly key: number;
}

/** Exact softmax attention over the visible pairs (Vaswani et al. 2017, eq. 1). A query that sees nothing returns 0. */
export function softmaxOracle(call: OracleCall, sees: (pair: Seen) => boolean): Grid {
  const { q, k, v, site } = call;
  const [batch = 0, heads = 0, queries = 0] = q.shape;
  const keys = k.shape[2] ?? 0;
  const width = v.shape[3] ?? 0;
  const out = gridOf([batch, heads, queries, width], () => 0);
  for (let b = 0; b < batch; b++) {
    for (let h = 0; h < heads; h++) {
      const kh = keyHead(site, h);
      for (let i = 0; i < queries; i++) {
        const row: { key: number; score: number }[] = [];
        for (let j = 0; j < keys; j++) {
          const real = call.keyPadding === undefined || at(call.keyPadding, b, j) === 1;
          if (real && sees({ batch: b, head: h, query: i, key: j }))
            row.push({ key: j, score: scoreOf(call, b, h, i, j) });
        }
        const top = Math.max(...row.map(({ score }) => score));
        const total = row.reduce((sum, { score }) => sum + Math.exp(score - top), 0);
        for (let d = 0; d < width; d++) {
          const mean = row.reduce(
            (sum, { key, score }) =>
              sum + Math.exp(score - top) * (at(v, b, kh, key, d) + relativeValue(call, i, key, d)),
            0,
          );
          out.values[((b * heads + h) * queries + i) * width + d] = row.length === 0 ? 0 : mean / total;
        }
      }
    }
  }
  return out;
}

/** The oracle of an exact variant: softmax over its declared pattern. */
export function patternOracle(attention: Attention): Oracle {
  const { pattern } = attention;
  if (pattern === undefined) {
    throw new TypeError(
      `testkit: ${attention.name} attention declares no pattern, so an oracle must be given, got none`,
    );
  }
  return (call) => {
    const declared = pattern(call.site, call.k.shape[2] ?? 0);
    return softmaxOracle(call, ({ batch, head, query, key }) =>
      visible(declared, {
        head,
        query,
        key,
        queryOffset: call.queryOffset,
        globalKey: call.globals?.[batch]?.includes(key) ?? false,
      }),
    );
  };
}

export interface FeatureOracleOptions {
  /**
   * Features of all rows of one batch row and head: rows [L][D] -> [L][F]. `real` says which keys are not padding, `head` counts the role's own
   * heads. A stabiliser that the variant takes belongs here too, because epsilon makes it visible.
   */
  readonly map: (
    rows: readonly Float64Array[],
    context: { role: "query" | "key"; head: number; real: readonly boolean[] },
  ) => readonly Float64Array[];
  readonly epsilon: number;
}

/** The oracle of a feature-map variant: out_i = sum_j w_ij v_j / (sum_j w_ij + epsilon), w_ij = phi(q_i) . phi(k_j). */
export function featureOracle(call: OracleCall, { map, epsilon }: FeatureOracleOptions): Grid {
  const { q, k, v, site, queryOffset } = call;
  const [batch = 0, heads = 0, queries = 0] = q.shape;
  const keys = k.shape[2] ?? 0;
  const width = v.shape[3] ?? 0;
  const out = gridOf([batch, heads, queries, width], () => 0);
  for (let b = 0; b < batch; b++) {
    const real = Array.from(
      { length: keys },
      (_, j) => call.keyPadding === undefined || at(call.keyPadding, b, j) === 1,
    );
    for (let h = 0; h < heads; h++) {
      const kh = keyHead(site, h);
      const qf = map(rowsOf(q, b, h), { role: "query", head: h, real: Array.from({ length: queries }, () => true) });
      const kf = map(rowsOf(k, b, kh), { role: "key", head: kh, real });
      for (let i = 0; i < queries; i++) {
        const weights = kf.map((row, j) => (real[j] && (!site.causal || j <= i + queryOffset) ? dot(qf[i], row) : 0));
        const total = weights.reduce((sum, w) => sum + w, 0) + epsilon;
        for (let d = 0; d < width; d++) {
          const sum = weights.reduce((acc, w, j) => acc + w * at(v, b, kh, j, d), 0);
          out.values[((b * heads + h) * queries + i) * width + d] = sum === 0 ? 0 : sum / total;
        }
      }
    }
  }
  return out;
}

/** Which key-value head a head reads. */
export function keyHead({ heads, keyValueHeads }: Site, head: number): number {
  return Math.floor((head * keyValueHeads) / heads);
}

/** The rows [L][D] of one batch row and head of a [B,H,L,D] grid. */
export function rowsOf({ shape, values }: Grid, batch: number, head: number): Float64Array[] {
  const [, heads = 0, length = 0, width = 0] = shape;
  const start = (batch * heads + head) * length * width;
  return Array.from({ length }, (_, i) => values.slice(start + i * width, start + (i + 1) * width));
}

export function dot(a: ArrayLike<number> | undefined, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < b.length; i++) sum += (a?.[i] ?? Number.NaN) * (b[i] ?? Number.NaN);
  return sum;
}

function scoreOf(call: OracleCall, b: number, h: number, i: number, j: number): number {
  const { q, k, site, queryOffset, relative } = call;
  const kh = keyHead(site, h);
  const width = q.shape[3] ?? 0;
  let product = 0;
  for (let d = 0; d < width; d++) {
    const shift = relative === undefined ? 0 : at(relative.keys, clipped(call, i, j), d);
    product += at(q, b, h, i, d) * (at(k, b, kh, j, d) + shift);
  }
  return site.scale * product + (call.bias?.(h, j - (i + queryOffset)) ?? 0);
}

function relativeValue(call: OracleCall, i: number, j: number, d: number): number {
  const table = call.relative?.values;
  return table === undefined ? 0 : at(table, clipped(call, i, j), d);
}

/** Row of Shaw's tables (Shaw et al. 2018, eq. 4): clip(j - i, -clip, clip) + clip. */
function clipped({ relative, queryOffset }: OracleCall, i: number, j: number): number {
  const clip = relative?.clip ?? 0;
  return Math.min(clip, Math.max(-clip, j - (i + queryOffset))) + clip;
}
