import { visible, type Pattern, type Span } from "./pattern.ts";
import { checkPattern, multiplesWithin, reachOf } from "./reach.ts";

export interface PatternSize {
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
  readonly queryOffset: number;
}

/** The whole matrix of a pattern without globals, row-major [H,N,M] of 0 and 1: for oracles, compositions and pictures. O(H N M) memory. */
export function visibleMask(pattern: Pattern, { heads, queries, keys, queryOffset }: PatternSize): Uint8Array {
  checkPattern("visibleMask", pattern, heads);
  const mask = new Uint8Array(heads * queries * keys);
  const { sparse } = pattern;
  for (let head = 0; head < heads; head++) {
    const { low, high, stride } = reachOf(pattern, head);
    for (let query = 0; query < queries; query++) {
      const position = query + queryOffset;
      const row = (head * queries + query) * keys;
      // The first distance within reach that lands on a key.
      const first = Math.ceil(Math.max(low, -position) / stride) * stride;
      const last = Math.min(high, keys - 1 - position);
      for (let distance = first; distance <= last; distance += stride) {
        if (sparse?.visible(head, position, position + distance) !== false) mask[row + position + distance] = 1;
      }
    }
  }
  return mask;
}

/**
 * Number of visible (query, key) pairs over all heads, by arithmetic (a sparse rule: tile by tile): exact scores cost this many dot products. With `globals` (one list
 * of key positions per batch row) the number is over all batch rows too.
 */
export function countVisible(
  pattern: Pattern,
  size: PatternSize & { readonly globals?: readonly (readonly number[])[] | undefined },
): number {
  checkPattern("countVisible", pattern, size.heads);
  let total = 0;
  for (const globals of size.globals ?? [[]]) {
    const keys = pattern.window === undefined ? [] : [...new Set(globals)];
    for (let head = 0; head < size.heads; head++) {
      total += pattern.sparse === undefined ? countHead(pattern, size, head, keys) : countSparse(pattern, size, head);
    }
  }
  return total;
}

function countHead(pattern: Pattern, size: PatternSize, head: number, globals: readonly number[]): number {
  const { low, high, stride } = reachOf(pattern, head);
  let total = 0;
  for (let query = 0; query < size.queries; query++) {
    const position = query + size.queryOffset;
    total += multiplesWithin(Math.max(low, -position), Math.min(high, size.keys - 1 - position), stride);
    for (const key of globals) {
      const place = { head, query, key, queryOffset: size.queryOffset };
      if (visible(pattern, { ...place, globalKey: true }) && !visible(pattern, place)) total++;
    }
  }
  return total;
}

const blockSide = 64;

/** Square blocks which the rule calls empty or full are never looked into. */
function countSparse(pattern: Pattern, { queries, keys, queryOffset }: PatternSize, head: number): number {
  let total = 0;
  for (let first = queryOffset; first < queryOffset + queries; first += blockSide) {
    const rows = { first, last: Math.min(first + blockSide, queryOffset + queries) - 1 };
    const end = pattern.causal ? Math.min(keys, rows.last + 1) : keys;
    for (let key = 0; key < end; key += blockSide) {
      total += countBlock(pattern, head, rows, { first: key, last: Math.min(key + blockSide, end) - 1 });
    }
  }
  return total;
}

function countBlock({ causal, sparse }: Pattern, head: number, queries: Span, keys: Span): number {
  const holds = sparse?.tile(head, queries, keys);
  if (holds === "none") return 0;
  let total = 0;
  for (let query = queries.first; query <= queries.last; query++) {
    const last = causal ? Math.min(keys.last, query) : keys.last;
    if (holds === "all") total += Math.max(0, last - keys.first + 1);
    else for (let key = keys.first; key <= last; key++) if (sparse?.visible(head, query, key) === true) total++;
  }
  return total;
}
