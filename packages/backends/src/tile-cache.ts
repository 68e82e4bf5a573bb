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
/** Masks of a rule without structure take as many bits as it has pairs in visited tiles: a few such lists must not fill the memory. */
const capacityBytes = 256 * 2 ** 20;
/** A Map remembers insertion order, so its first key is the list unused for longest. */
const cache = new Map<string, TileList>();

/** The tile list of a pattern at a shape, made once and kept while it is in use. A sparse rule is known by its key. */
export function cachedTileList(tile: Engine["tile"], question: TileQuestion): TileList {
  const { pattern, ...shape } = question;
  const key = JSON.stringify([tile.queries, tile.keys, { ...pattern, sparse: pattern.sparse?.key }, shape]);
  const list = cache.get(key) ?? tileList(pattern, { ...shape, rowTile: tile.queries, columnTile: tile.keys });
  cache.delete(key);
  cache.set(key, list);
  let bytes = Array.from(cache.values(), bytesOf).reduce((total, size) => total + size, 0);
  for (const [oldest, old] of cache) {
    if (cache.size <= capacity && (bytes <= capacityBytes || cache.size === 1)) break;
    cache.delete(oldest);
    bytes -= bytesOf(old);
  }
  return list;
}

function bytesOf({ start, tile, partial, mask, masks }: TileList): number {
  return [start, tile, partial, mask, masks].reduce((total, array) => total + (array?.byteLength ?? 0), 0);
}
