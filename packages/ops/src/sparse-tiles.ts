import type { MaskPool } from "./mask-pool.ts";
import type { Span, SparseRule } from "./pattern.ts";
import { columnSpan, isWhole, positionsOf, rowSpan, type Grid, type ListedTile } from "./tile-grid.ts";

/** Words of 32 bits that one row of a mask takes: a bit for each row of the tile. */
export const maskRowWords = (rowTile: number): number => Math.ceil(rowTile / 32);

/** What the tiles of one list depend on, and a mask to write in before it is pooled. */
export interface SparseList {
  readonly grid: Grid;
  readonly rule: SparseRule;
  readonly causal: boolean;
  readonly head: number;
  readonly pool: MaskPool;
  readonly words: Int32Array;
}

/** Tiles of one row that hold a visible pair. The rule is asked tile by tile, then block by block, and pair by pair only where it must be. */
export function sparseTiles(list: SparseList, rowIndex: number): ListedTile[] {
  const { grid } = list;
  const row = rowSpan(grid, rowIndex);
  const found: ListedTile[] = [];
  for (let tile = 0; tile * grid.columnTile < grid.columnLength; tile++) {
    const column = columnSpan(grid, tile);
    const holds = ask(list, row, column);
    if (holds === "none") continue;
    const { queries, keys } = positionsOf(grid, row, column);
    const past = !list.causal || keys.last <= queries.first;
    if (holds === "all") {
      found.push({ tile, partial: !past || !isWhole(grid, row, column), mask: -1 });
      continue;
    }
    const seen = writeMask(list, row, column);
    const all = seen === grid.rowTile * grid.columnTile;
    if (seen > 0) found.push({ tile, partial: !all, mask: all ? -1 : list.pool.add(list.words) });
  }
  return found;
}

/** The rule's answer for the pairs that `causal` leaves; what it hides of them is the caller's to look at. */
function ask({ grid, rule, causal, head }: SparseList, row: Span, column: Span): "none" | "some" | "all" {
  const { queries, keys } = positionsOf(grid, row, column);
  if (!causal) return rule.tile(head, queries, keys);
  if (keys.first > queries.last) return "none";
  return rule.tile(
    head,
    { first: Math.max(queries.first, keys.first), last: queries.last },
    { first: keys.first, last: Math.min(keys.last, queries.last) },
  );
}

/** Side of the blocks that a tile is asked about before its pairs are: small enough to step over most of a diagonal's tile. */
const block = 8;

/** Writes the mask of a tile to `words` and returns the number of visible pairs. Bits past the end of a sequence are 0. */
function writeMask(list: SparseList, row: Span, column: Span): number {
  list.words.fill(0);
  let seen = 0;
  for (let c = column.first; c <= column.last; c += block) {
    const columns = { first: c, last: Math.min(c + block - 1, column.last) };
    for (let r = row.first; r <= row.last; r += block) {
      const rows = { first: r, last: Math.min(r + block - 1, row.last) };
      const holds = ask(list, rows, columns);
      if (holds !== "none") seen += writeBlock(list, row, column, rows, columns, holds === "all");
    }
  }
  return seen;
}

function writeBlock(list: SparseList, row: Span, column: Span, rows: Span, columns: Span, all: boolean): number {
  const { rule, causal, head, words } = list;
  const { transposed, queryOffset, rowTile } = list.grid;
  const rowWords = maskRowWords(rowTile);
  let seen = 0;
  for (let c = columns.first; c <= columns.last; c++) {
    const at = (c - column.first) * rowWords;
    for (let r = rows.first; r <= rows.last; r++) {
      const query = (transposed === true ? c : r) + queryOffset;
      const key = transposed === true ? r : c;
      if ((causal && key > query) || !(all || rule.visible(head, query, key))) continue;
      const bit = r - row.first;
      words[at + (bit >> 5)] = (words[at + (bit >> 5)] ?? 0) | (1 << (bit & 31));
      seen++;
    }
  }
  return seen;
}
