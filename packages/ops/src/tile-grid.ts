import type { Span } from "./pattern.ts";

/** The [N,M] score matrix cut into tiles, seen from its queries or, transposed, from its keys. */
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

export interface Grid extends TileListOptions {
  readonly rows: number;
  /** Sequence lengths along the rows' and the columns' direction. */
  readonly rowLength: number;
  readonly columnLength: number;
}

/** One tile of a row. `mask` is its number in the list's pool, -1 for none. */
export interface ListedTile {
  readonly tile: number;
  readonly partial: boolean;
  readonly mask: number;
}

export function gridOf(options: TileListOptions): Grid {
  const { queries, keys, transposed, rowTile } = options;
  const [rowLength, columnLength] = transposed === true ? [keys, queries] : [queries, keys];
  return { ...options, rowLength, columnLength, rows: Math.ceil(rowLength / rowTile) };
}

export const rowSpan = (grid: Grid, row: number): Span => span(row, grid.rowTile, grid.rowLength);
export const columnSpan = (grid: Grid, column: number): Span => span(column, grid.columnTile, grid.columnLength);

function span(index: number, size: number, length: number): Span {
  return { first: index * size, last: Math.min((index + 1) * size, length) - 1 };
}

/** Whether the two spans make a whole tile, not one cut by the end of a sequence. */
export function isWhole(grid: Grid, row: Span, column: Span): boolean {
  return row.last - row.first + 1 === grid.rowTile && column.last - column.first + 1 === grid.columnTile;
}

/** Positions of queries and keys of a tile, whichever way round the grid lies. */
export function positionsOf(grid: Grid, row: Span, column: Span): { readonly queries: Span; readonly keys: Span } {
  const [query, keys] = grid.transposed === true ? [column, row] : [row, column];
  return { queries: { first: query.first + grid.queryOffset, last: query.last + grid.queryOffset }, keys };
}
