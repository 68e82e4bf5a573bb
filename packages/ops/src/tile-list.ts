import { positiveInteger } from "@attention-lab/tensors";
import type { Pattern } from "./pattern.ts";
import { checkPattern, headsDiffer, multiplesWithin, reachOf, type Reach } from "./reach.ts";

/**
 * Which tiles of the [N, M] score matrix hold a visible pair, in CSR form: one row per tile of queries (or, transposed, of keys). The list
 * of batch row b and head h is number b * batchStride + h * headStride, and row r of list l is start[l * rows + r].
 */
export interface TileList {
  /** [lists * rows + 1]: where each row's tiles start. */
  readonly start: Int32Array;
  /** Tile numbers, ascending within a row. */
  readonly tile: Int32Array;
  /** 0 where every pair of a whole tile is visible; 1 where the predicate or the ends of the sequences must be looked at. */
  readonly partial: Uint8Array;
  readonly rows: number;
  readonly batchStride: number;
  readonly headStride: number;
}

export interface TileListOptions {
  readonly batch: number;
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
  readonly queryOffset: number;
  /** Queries per row tile and keys per column tile; transposed, keys per row tile and queries per column tile. */
  readonly rowTile: number;
  readonly columnTile: number;
  /** Rows are key tiles, as the gradients of keys and values want them. */
  readonly transposed?: boolean | undefined;
  /** Positions of global keys, one list per batch row. */
  readonly globals?: readonly (readonly number[])[] | undefined;
}

/**
 * Lists the tiles of a pattern by window arithmetic, in time proportional to the tiles that it lists (and, with dilation, those it steps
 * over). Key padding is not looked at. Throws for a pattern or sizes that make no sense.
 */
export function tileList(pattern: Pattern, options: TileListOptions): TileList {
  checkPattern("tileList", pattern, options.heads);
  for (const side of ["batch", "heads", "queries", "keys", "rowTile", "columnTile"] as const) {
    positiveInteger("tileList", side, options[side]);
  }
  const headLists = headsDiffer(pattern) ? options.heads : 1;
  // Global keys only matter where a window would hide them.
  const globals = pattern.window === undefined ? undefined : options.globals;
  const batchLists = globals === undefined ? 1 : options.batch;
  const grid = gridOf(options);
  const start = [0];
  const tile: number[] = [];
  const partial: number[] = [];
  for (let batch = 0; batch < batchLists; batch++) {
    for (let head = 0; head < headLists; head++) {
      for (let row = 0; row < grid.rows; row++) {
        const found = windowTiles(grid, reachOf(pattern, head), row);
        const listed = globalTiles(grid, pattern.causal, globals?.[batch] ?? [], row, found);
        for (const [number, isPartial] of listed) {
          tile.push(number);
          partial.push(isPartial ? 1 : 0);
        }
        start.push(tile.length);
      }
    }
  }
  return {
    start: Int32Array.from(start),
    tile: Int32Array.from(tile),
    partial: Uint8Array.from(partial),
    rows: grid.rows,
    batchStride: batchLists > 1 ? headLists : 0,
    headStride: headLists > 1 ? 1 : 0,
  };
}

interface Span {
  readonly first: number;
  readonly last: number;
}
interface Grid extends TileListOptions {
  readonly rows: number;
  /** Sequence lengths along the rows' and the columns' direction. */
  readonly rowLength: number;
  readonly columnLength: number;
}

function gridOf(options: TileListOptions): Grid {
  const { queries, keys, transposed, rowTile } = options;
  const [rowLength, columnLength] = transposed === true ? [keys, queries] : [queries, keys];
  return { ...options, rowLength, columnLength, rows: Math.ceil(rowLength / rowTile) };
}

const rowSpan = (grid: Grid, row: number): Span => span(row, grid.rowTile, grid.rowLength);

function span(index: number, size: number, length: number): Span {
  return { first: index * size, last: Math.min((index + 1) * size, length) - 1 };
}

/** Distances key - (query + queryOffset) between a row span and a column span: every integer in the result occurs. */
function distances(grid: Grid, row: Span, column: Span): Span {
  const [query, key] = grid.transposed === true ? [column, row] : [row, column];
  return { first: key.first - query.last - grid.queryOffset, last: key.last - query.first - grid.queryOffset };
}

/** Tiles of one row that hold a pair within reach -> whether they are partial. */
function windowTiles(grid: Grid, reach: Reach, rowIndex: number): Map<number, boolean> {
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
    const column = span(index, grid.columnTile, grid.columnLength);
    const between = distances(grid, row, column);
    const seen = multiplesWithin(Math.max(between.first, reach.low), Math.min(between.last, reach.high), reach.stride);
    if (seen === 0) continue;
    const whole = row.last - row.first + 1 === grid.rowTile && column.last - column.first + 1 === grid.columnTile;
    tiles.set(index, !whole || seen !== between.last - between.first + 1);
  }
  return tiles;
}

/** Adds the tiles that a row needs for global keys, and returns all in ascending order. */
function globalTiles(
  grid: Grid,
  causal: boolean,
  globals: readonly number[],
  rowIndex: number,
  found: Map<number, boolean>,
): Iterable<readonly [number, boolean]> {
  if (globals.length === 0) return found;
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
  return [...found].toSorted(([a], [b]) => a - b);
}
