import { type Cost, type Lengths, patternCost, type Site } from "@attention-lab/attention";
import { type Union, unionPattern } from "./union-rule.ts";

/** Exact cost of a union's pairs, counted block by block. */
export function unionCost(site: Site, lengths: Lengths, union: Union): Cost {
  const { heads, causal } = site;
  let pairs = 0;
  for (let head = 0; head < (union.perHead ? heads : 1); head++) pairs += pairsOf(union, head, lengths, causal);
  return patternCost(site, lengths, {
    pattern: unionPattern(union, site),
    pairs: union.perHead ? pairs : heads * pairs,
  });
}

function pairsOf({ block, parts }: Union, head: number, { queries, keys }: Lengths, causal: boolean): number {
  const columns = Math.ceil(keys / block);
  // The row that last counted each block of keys: several parts may show it.
  const counted = new Int32Array(columns).fill(-1);
  let pairs = 0;
  for (let row = 0; row * block < queries; row++) {
    for (const part of parts(head)) {
      for (const column of part.keys(row, columns)) {
        if (counted[column] === row || (causal && column > row)) continue;
        counted[column] = row;
        const [height, width] = [extent(row, block, queries), extent(column, block, keys)];
        pairs += causal && row === column ? lowerTriangle(height, width) : height * width;
      }
    }
  }
  return pairs;
}

/** Positions of a block of a sequence, whose last block may be short. */
function extent(index: number, block: number, length: number): number {
  return Math.min(block, length - index * block);
}

/** Pairs of a block with itself of which the key is not the later one. */
function lowerTriangle(height: number, width: number): number {
  const side = Math.min(height, width);
  return (side * (side + 1)) / 2 + (height - side) * width;
}
