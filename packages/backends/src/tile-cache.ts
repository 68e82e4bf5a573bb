import type { Engine, TileList } from "@attention-lab/kernels";
import { type Pattern, tileList } from "@attention-lab/ops";

/** What a tile list depends on, besides the sizes of the engine's tiles. */
export interface TileQuestion {
  readonly pattern: Pattern;
  readonly batch: number;
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
  readonly queryOffset: number;
  readonly globals?: readonly (readonly number[])[];
  /** Rows are key tiles: the gradient of keys and values walks the list that way. */
  readonly transposed: boolean;
}

/** Two lists for each layer of a deep model whose layers all differ in dilation. */
const capacity = 64;
/** A Map remembers insertion order, so its first key is the list unused for longest. */
const cache = new Map<string, TileList>();

/** The tile list of a pattern at a shape, made once and kept while it is in use. */
export function cachedTileList(tile: Engine["tile"], question: TileQuestion): TileList {
  const { pattern, ...shape } = question;
  const key = JSON.stringify([tile.queries, tile.keys, pattern, shape]);
  const list = cache.get(key) ?? tileList(pattern, { ...shape, rowTile: tile.queries, columnTile: tile.keys });
  cache.delete(key);
  cache.set(key, list);
  for (const oldest of cache.keys()) {
    if (cache.size <= capacity) break;
    cache.delete(oldest);
  }
  return list;
}
