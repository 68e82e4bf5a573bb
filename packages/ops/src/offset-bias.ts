import { broadcastTo, reshape, slice, type Rank, type Tensor2D, type Tensor3D } from "@tensorflow/tfjs-core";

/**
 * Spreads a bias by offset over the score matrix: [H,N+M-1] -> [H,N,M] with entry (n, m) = bias[m - n + N - 1]. Shaped by the skewing of
 * Huang et al. 2018 (Music Transformer, section 3.4.1) backwards, since gathering has no gradient on every backend: N copies
 * of a row of length L, read as rows of length L - 1, shift by one per row.
 */
export function spreadBias(bias: Tensor2D, queries: number, keys: number): Tensor3D {
  const [heads, length] = bias.shape;
  if (queries === 1) return reshape(bias, [heads, 1, keys]);
  const copies = broadcastTo(reshape(bias, [heads, 1, length]), [heads, queries, length]);
  const flat = reshape(copies, [heads, queries * length]);
  const skewed = slice(flat, [0, queries - 1], [heads, queries * (length - 1)]);
  const rows = reshape<Rank.R3>(skewed, [heads, queries, length - 1]);
  return slice(rows, [0, 0, 0], [heads, queries, keys]);
}
