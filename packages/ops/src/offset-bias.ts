import {
  add,
  pad,
  reshape,
  slice,
  zeros,
  type Rank,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
} from "@tensorflow/tfjs-core";

/**
 * Between "by offset" and "by key", without gathering, which has no gradient on every backend. Shaped by the skewing of Huang et al. 2018
 * (Music Transformer, section 3.4.1) backwards: rows of length L, read as rows of length L - 1, shift by one per row.
 */

/** [X,N,N+M-1] -> [X,N,M]: entry (n, m) is entry m - n + N - 1 of row n. */
export function offsetsToKeys(rows: Tensor3D, keys: number): Tensor3D {
  const [groups, queries, length] = rows.shape;
  if (queries === 1) return reshape(rows, [groups, 1, keys]);
  const flat = reshape(rows, [groups, queries * length]);
  const skewed = slice(flat, [0, queries - 1], [groups, queries * (length - 1)]);
  return slice(reshape<Rank.R3>(skewed, [groups, queries, length - 1]), [0, 0, 0], [groups, queries, keys]);
}

/** The reverse, [X,N,M] -> [X,N,N+M-1]: offsets that no key of the row has hold 0. */
export function keysToOffsets(rows: Tensor3D): Tensor3D {
  const [groups, queries, keys] = rows.shape;
  if (queries === 1) return rows;
  const length = queries + keys - 1;
  const wide = pad(rows, [
    [0, 0],
    [0, 0],
    [0, length - 1 - keys],
  ]);
  const flat = pad(reshape(wide, [groups, queries * (length - 1)]), [
    [0, 0],
    [queries - 1, 1],
  ]);
  return reshape(flat, [groups, queries, length]);
}

/** Spreads a bias by offset over the score matrix: [H,N+M-1] -> [H,N,M] with entry (n, m) = bias[m - n + N - 1]. */
export function spreadBias(bias: Tensor2D, queries: number, keys: number): Tensor3D {
  const [heads, length] = bias.shape;
  return offsetsToKeys(repeated(reshape(bias, [heads, 1, length]), [1, queries, 1]), keys);
}

/** Repeats an axis of length 1: adding zeros, since the gradient of tiling is a loop over all the copies. */
export function repeated(x: Tensor3D, shape: [number, number, number]): Tensor3D {
  return add<Tensor>(x, zeros(shape)) as Tensor3D;
}
