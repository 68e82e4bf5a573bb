/** Which pieces of the score matrix tiled attention computes, one after the other. Host arithmetic only. */
import { type Pattern, type PatternAttentionAttributes, tileList, visible } from "@attention-lab/ops";

export interface TiledSizes {
  readonly batch: number;
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
}

/** Keys `from` to `to` (not included) of one row of tiles; `mask` [maskBatch, maskHeads, queries of the row, to - from], absent when all are seen. */
export interface TiledRun {
  readonly from: number;
  readonly to: number;
  readonly mask?: Uint8Array;
}

/** Queries `from` to `to` (not included) and the keys that any of them sees. */
export interface TiledRow {
  readonly from: number;
  readonly to: number;
  readonly runs: Iterable<TiledRun>;
}

export interface TiledPlan {
  readonly tile: number;
  readonly maskBatch: number;
  readonly maskHeads: number;
  readonly rows: Iterable<TiledRow>;
}

/** Scores that are held at once, over batch and heads: 64 MB of them. */
const mostScores = 2 ** 24;

/** Small tiles waste less at the edges of a window; a dense pattern has no edges, and few large tiles cost fewer operations. */
function tileOf({ window, sparse }: Pattern, { queries, keys }: TiledSizes): number {
  if (window !== undefined || sparse !== undefined) return 256;
  return Math.min(1024, Math.max(128, Math.ceil(Math.max(queries, keys) / 64)));
}

/** The rows and runs of a call. Masks are made one at a time, where an edge of the pattern crosses a tile. */
export function tiledPlan(attrs: PatternAttentionAttributes, sizes: TiledSizes): TiledPlan {
  const { pattern, queryOffset, globals } = attrs;
  const tile = tileOf(pattern, sizes);
  const grid = { ...sizes, queryOffset, rowTile: tile, columnTile: tile };
  const list = tileList(pattern, globals === undefined ? grid : { ...grid, globals });
  const maskBatch = list.batchStride > 0 ? sizes.batch : 1;
  const maskHeads = list.headStride > 0 ? sizes.heads : 1;
  const tilesPerRun = Math.max(1, Math.floor(mostScores / (sizes.batch * sizes.heads * tile * tile)));

  /** Column tile -> for each list of this row whether it holds the tile, and whether only partly. */
  function tilesOfRow(row: number): Map<number, Map<number, boolean>> {
    const found = new Map<number, Map<number, boolean>>();
    for (let which = 0; which < maskBatch * maskHeads; which++) {
      const at = which * list.rows + row;
      for (let i = list.start[at] ?? 0; i < (list.start[at + 1] ?? 0); i++) {
        const column = list.tile[i] ?? 0;
        const holders = found.get(column) ?? new Map<number, boolean>();
        found.set(column, holders.set(which, list.partial[i] === 1));
      }
    }
    return found;
  }

  const dense = !pattern.causal && pattern.window === undefined && pattern.sparse === undefined;
  const lists = maskBatch * maskHeads;

  function maskOf(
    row: Pick<TiledRow, "from" | "to">,
    from: number,
    to: number,
    tiles: Map<number, Map<number, boolean>>,
  ) {
    const columns = Array.from({ length: Math.ceil((to - from) / tile) }, (_, i) => from / tile + i);
    const whole = (column: number): boolean => {
      const holders = tiles.get(column);
      return holders?.size === lists && ![...holders.values()].includes(true);
    };
    if (dense || columns.every(whole)) return undefined;
    const [height, width] = [row.to - row.from, to - from];
    const mask = new Uint8Array(lists * height * width);
    for (const column of columns) {
      for (const [which, partial] of tiles.get(column) ?? []) {
        const [batchRow, head] = [Math.floor(which / maskHeads), which % maskHeads];
        const globalKeys = new Set(globals?.[batchRow]);
        for (let query = row.from; query < row.to; query++) {
          const start = (which * height + query - row.from) * width - from;
          for (let key = column * tile; key < Math.min(to, (column + 1) * tile); key++) {
            const place = { head, query, key, queryOffset, globalKey: globalKeys.has(key) };
            mask[start + key] = !partial || visible(pattern, place) ? 1 : 0;
          }
        }
      }
    }
    return mask;
  }

  function* runsOf(number: number, row: Pick<TiledRow, "from" | "to">): Generator<TiledRun> {
    const tiles = tilesOfRow(number);
    const columns = [...tiles.keys()].toSorted((a, b) => a - b);
    for (let i = 0; i < columns.length;) {
      const first = columns[i] ?? 0;
      let count = 1;
      while (count < tilesPerRun && columns[i + count] === first + count) count++;
      i += count;
      const [from, to] = [first * tile, Math.min(sizes.keys, (first + count) * tile)];
      const mask = maskOf(row, from, to, tiles);
      yield mask === undefined ? { from, to } : { from, to, mask };
    }
  }

  function* rowsOf(): Generator<TiledRow> {
    for (let number = 0; number < list.rows; number++) {
      const row = { from: number * tile, to: Math.min(sizes.queries, (number + 1) * tile) };
      yield { ...row, runs: runsOf(number, row) };
    }
  }
  return { tile, maskBatch, maskHeads, rows: rowsOf() };
}
