import type { Span } from "./pattern.ts";
import { multiplesWithin, type Reach } from "./reach.ts";
import { columnSpan, isWhole, positionsOf, rowSpan, type Grid, type ListedTile } from "./tile-grid.ts";

/** Distances key - (query + queryOffset) between a row span and a column span: every integer in the result occurs. */
function distances(grid: Grid, row: Span, column: Span): Span {
  const { queries, keys } = positionsOf(grid, row, column);
  return { first: keys.first - queries.last, last: keys.last - queries.first };
}

/** Tiles of one row that hold a pair within reach -> whether they are partial. */
export function windowTiles(grid: Grid, reach: Reach, rowIndex: number): Map<number, boolean> {
  const row = rowSpan(grid, rowIndex);
  const offset = grid.queryOffset;
  const [low, high] =
    grid.transposed === true
      ? [row.first - offset - reach.high, row.last - offset - reach.low]
      : [row.first + offset + reach.low, row.last + offset + reach.high];
  const first = Math.max(low, 0);
  const last = Math.min(high, grid.columnLength - 1);
  const tiles = new Map<number, boolean>();
  for (let index = Math.floor(first / grid.columnTile); index * grid.columnTile <= last; index++) {
    const column = columnSpan(grid, index);
    const between = distances(grid, row, column);
    const seen = multiplesWithin(Math.max(between.first, reach.low), Math.min(between.last, reach.high), reach.stride);
    if (seen === 0) continue;
    tiles.set(index, !isWhole(grid, row, column) || seen !== between.last - between.first + 1);
  }
  return tiles;
}

/** Adds the tiles that a row needs for global keys, and returns all in ascending order. */
export function withGlobalTiles(
  grid: Grid,
  causal: boolean,
  globals: readonly number[],
  rowIndex: number,
  found: Map<number, boolean>,
): ListedTile[] {
  if (globals.length === 0) return listed(found);
  const row = rowSpan(grid, rowIndex);
  const add = (index: number): unknown => found.has(index) || found.set(index, true);
  if (grid.transposed === true) {
    const own = globals.filter((key) => key >= row.first && key <= row.last);
    // Infinity, so no query, when none of the row's keys is global.
    const earliest = Math.min(...own);
    const first = own.length > 0 && !causal ? 0 : Math.max(0, earliest - grid.queryOffset);
    if (first < grid.columnLength) {
      for (let i = Math.floor(first / grid.columnTile); i * grid.columnTile < grid.columnLength; i++) add(i);
    }
  } else {
    for (const key of globals) {
      if (!causal || key <= row.last + grid.queryOffset) add(Math.floor(key / grid.columnTile));
    }
  }
  return listed(found).toSorted((a, b) => a.tile - b.tile);
}

const listed = (found: Map<number, boolean>): ListedTile[] =>
  Array.from(found, ([tile, partial]) => ({ tile, partial, mask: -1 }));
