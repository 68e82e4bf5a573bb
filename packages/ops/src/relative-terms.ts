import {
  add,
  mul,
  reshape,
  reverse,
  transpose,
  type Rank,
  type Tensor,
  type Tensor3D,
  type Tensor4D,
} from "@tensorflow/tfjs-core";
import { project } from "@attention-lab/tensors";
import type { AttentionSizes, RelativeTerms } from "./attention-call.ts";
import { clippedToKeys, keysToClipped, type ClippedSize } from "./clipped-offsets.ts";

/**
 * Shaw's terms without a tensor of N M vectors: the products with all 2 clip + 1 vectors are made once per query (or key), and then only
 * spread over the score matrix (Shaw et al. 2018, section 3.3).
 */

/** Products [B,H,N,2 clip + 1] of rows [B,H,N,D] with the vectors of each offset, times `scale`. */
export function relativeScores(rows: Tensor4D, { keys }: RelativeTerms, scale: number): Tensor4D {
  return mul(project(rows, transpose(keys)), scale) as Tensor4D;
}

/** What the scores [B,H,N,M] gain. `k` is [B,H,M,D], one per query head. */
export function relativeMatrix(
  q: Tensor4D,
  k: Tensor4D,
  terms: RelativeTerms,
  scale: number,
  sizes: AttentionSizes & { readonly queryOffset: number },
): Tensor4D {
  const { batch, heads, queries, keys } = sizes;
  const size = { queries, keys, queryOffset: sizes.queryOffset, clip: terms.clip };
  const ofQueries = reshape<Rank.R4>(spread(relativeScores(q, terms, scale), size), [batch, heads, queries, keys]);
  if (terms.sides !== "both") return ofQueries;
  // Seen from the keys, offsets are those of the queries with the other sign.
  const mirrored = { ...terms, keys: reverse(terms.keys, 0) };
  const turned = { queries: keys, keys: queries, queryOffset: -sizes.queryOffset, clip: terms.clip };
  const ofKeys = reshape<Rank.R4>(spread(relativeScores(k, mirrored, scale), turned), [batch, heads, keys, queries]);
  return add<Tensor>(ofQueries, transpose(ofKeys, [0, 1, 3, 2])) as Tensor4D;
}

const merged = (x: Tensor4D): Tensor3D => reshape(x, [x.shape[0] * x.shape[1], x.shape[2], x.shape[3]]);
const spread = (table: Tensor4D, size: ClippedSize): Tensor3D => clippedToKeys(merged(table), size);

/** Weights [B,H,N,M] summed over the keys of each clipped offset: [B,H,N,2 clip + 1]. */
export function weightsByOffset(weights: Tensor4D, clip: number, queryOffset: number): Tensor4D {
  const [batch, heads, queries, keys] = weights.shape;
  return reshape(keysToClipped(merged(weights), { queries, keys, queryOffset, clip }), [batch, heads, queries, -1]);
}

/** What the outputs gain: sum over offsets of weight times value vector, [B,H,N,Dv]; `sums` is [B,H,N,2 clip + 1]. */
export function relativeOutput(out: Tensor4D, sums: Tensor4D, values: NonNullable<RelativeTerms["values"]>): Tensor4D {
  return add<Tensor>(out, project(sums, values)) as Tensor4D;
}
