import { positiveInteger } from "@attention-lab/tensors";
import { maskPool, type MaskPool } from "./mask-pool.ts";
import type { Pattern } from "./pattern.ts";
import { checkPattern, headsDiffer, reachOf } from "./reach.ts";
import { maskRowWords, sparseTiles } from "./sparse-tiles.ts";
import { gridOf, type Grid, type ListedTile, type TileListOptions } from "./tile-grid.ts";
import { windowTiles, withGlobalTiles } from "./window-tiles.ts";

/**
 * Which tiles of the [N, M] score matrix hold a visible pair, in CSR form: one row per tile of queries (or, transposed, of keys). The list
 * of batch row b and head h is number b * batchStride + h * headStride, and row r of list l is start[l * rows + r].
 */
export interface TileList {
  /** [lists * rows + 1]: where each row's tiles start. */
  readonly start: Int32Array;
  /** Tile numbers, ascending within a row. */
  readonly tile: Int32Array;
  /** 0 where every pair of a whole tile is visible; 1 where the predicate, the ends of the sequences or the tile's mask must be looked at. */
  readonly partial: Uint8Array;
  /** Lists of a sparse rule: for each tile its mask in `masks`, which says all about its pairs; -1 where the predicate does. */
  readonly mask?: Int32Array;
  /** [masks, columnTile, ceil(rowTile / 32)] words: bit r % 32 of word floor(r / 32) says whether row r of the tile and the column see each other. */
  readonly masks?: Int32Array;
  readonly rows: number;
  readonly batchStride: number;
  readonly headStride: number;
}

/**
 * Lists the tiles of a pattern: of a window by arithmetic, in time proportional to the tiles that it lists (and, with dilation, those it
 * steps over); of a sparse rule by asking it about every tile, and about the pairs of those that it answers with "some". Key padding is not
 * looked at. Throws for a pattern or sizes that make no sense.
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
  const pool = pattern.sparse && maskPool(grid.columnTile * maskRowWords(grid.rowTile));
  const start = [0];
  const tiles: ListedTile[] = [];
  for (let batch = 0; batch < batchLists; batch++) {
    for (let head = 0; head < headLists; head++) {
      const tilesOfRow = rowLister(pattern, grid, head, globals?.[batch] ?? [], pool);
      for (let row = 0; row < grid.rows; row++) {
        for (const listed of tilesOfRow(row)) tiles.push(listed);
        start.push(tiles.length);
      }
    }
  }
  return {
    start: Int32Array.from(start),
    tile: Int32Array.from(tiles, ({ tile }) => tile),
    partial: Uint8Array.from(tiles, ({ partial }) => Number(partial)),
    ...(pool && { mask: Int32Array.from(tiles, ({ mask }) => mask), masks: pool.all() }),
    rows: grid.rows,
    batchStride: batchLists > 1 ? headLists : 0,
    headStride: headLists > 1 ? 1 : 0,
  };
}

/** The tiles of each row of one list, in ascending order. */
function rowLister(
  pattern: Pattern,
  grid: Grid,
  head: number,
  globals: readonly number[],
  pool: MaskPool | undefined,
): (row: number) => ListedTile[] {
  const { sparse: rule, causal } = pattern;
  if (rule === undefined || pool === undefined) {
    const reach = reachOf(pattern, head);
    return (row) => withGlobalTiles(grid, causal, globals, row, windowTiles(grid, reach, row));
  }
  const words = new Int32Array(grid.columnTile * maskRowWords(grid.rowTile));
  return (row) => sparseTiles({ grid, rule, causal, head, pool, words }, row);
}
