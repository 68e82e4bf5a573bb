import { add, concat, pad, slice, sum, type Tensor3D } from "@tensorflow/tfjs-core";
import { keysToOffsets, offsetsToKeys, repeated } from "./offset-bias.ts";

/** Tables by clipped offset against matrices by key: what Shaw's representations need (Shaw et al. 2018, equations 3 and 4). */

/** Where clipped offsets fall: the columns of a table, and how often its first and last repeat. */
interface ClippedRange {
  readonly left: number;
  readonly first: number;
  readonly middle: number;
  readonly right: number;
}

/** The offsets key - query - queryOffset of a [N,M] matrix in ascending order, clipped to [-clip, clip]. */
function clippedRange(queries: number, keys: number, queryOffset: number, clip: number): ClippedRange {
  const length = queries + keys - 1;
  const low = 1 - queries - queryOffset;
  const high = keys - 1 - queryOffset;
  const left = Math.min(Math.max(-clip - low, 0), length);
  const right = Math.min(Math.max(high - clip, 0), length);
  return { left, first: Math.max(low, -clip) + clip, middle: length - left - right, right };
}

export interface ClippedSize {
  readonly queries: number;
  readonly keys: number;
  readonly queryOffset: number;
  readonly clip: number;
}

/** [X,N,2 clip + 1] -> [X,N,M]: entry (n, m) is entry clip(m - n - queryOffset) + clip of row n. */
export function clippedToKeys(table: Tensor3D, { queries, keys, queryOffset, clip }: ClippedSize): Tensor3D {
  const { left, first, middle, right } = clippedRange(queries, keys, queryOffset, clip);
  const groups = table.shape[0];
  const column = (at: number, count: number): Tensor3D => slice(table, [0, 0, at], [groups, queries, count]);
  const parts: Tensor3D[] = [];
  if (left > 0) parts.push(repeated(column(0, 1), [1, 1, left]));
  if (middle > 0) parts.push(column(first, middle));
  if (right > 0) parts.push(repeated(column(2 * clip, 1), [1, 1, right]));
  return offsetsToKeys(concat(parts, 2), keys);
}

/** The sums that belong to `clippedToKeys`, [X,N,M] -> [X,N,2 clip + 1]: each entry of a row is added at its clipped offset. */
export function keysToClipped(rows: Tensor3D, { queries, keys, queryOffset, clip }: ClippedSize): Tensor3D {
  const { left, first, middle, right } = clippedRange(queries, keys, queryOffset, clip);
  const groups = rows.shape[0];
  const offsets = keysToOffsets(rows);
  const columns = (at: number, count: number): Tensor3D => slice(offsets, [0, 0, at], [groups, queries, count]);
  const placed = (part: Tensor3D, at: number): Tensor3D =>
    pad(part, [
      [0, 0],
      [0, 0],
      [at, 2 * clip + 1 - at - part.shape[2]],
    ]);
  const parts: Tensor3D[] = [];
  if (left > 0) parts.push(placed(sum(columns(0, left), 2, true), 0));
  if (middle > 0) parts.push(placed(columns(left, middle), first));
  if (right > 0) parts.push(placed(sum(columns(left + middle, right), 2, true), 2 * clip));
  return parts.reduce((total, part) => add(total, part));
}
