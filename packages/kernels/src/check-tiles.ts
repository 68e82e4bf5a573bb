import { holds, wholeNumber } from "./check.ts";
import type { TileList } from "./attention-call.ts";

/** One tile size for every instruction set: a panel is LANES wide and a tile TILE long in csrc/block.h. */
export const tileSize = { queries: 48, keys: 64 } as const;

/** Words of one mask: a bit for every row of the tile, in whole words for each column. */
const maskWords = tileSize.keys * Math.ceil(tileSize.queries / 32);

/** Lists which have been checked, and for which "rows x tiles x lists"; checking a long list costs more than a small call. */
const checkedLists = new WeakMap<TileList, string>();

/** Throws unless every row of the list names tiles that exist, in ascending order, and masks that the pool holds. */
export function checkTiles(
  who: string,
  name: string,
  list: TileList,
  rows: number,
  tiles: number,
  batch: number,
  heads: number,
): void {
  const lists = (batch - 1) * list.batchStride + (heads - 1) * list.headStride + 1;
  const key = `${rows} ${tiles} ${lists}`;
  if (checkedLists.get(list) === key) return;
  wholeNumber(who, `${name}.batchStride`, list.batchStride, 0);
  wholeNumber(who, `${name}.headStride`, list.headStride, 0);
  if (list.rows !== rows) throw new RangeError(`${who}: ${name}.rows must be ${rows}, got ${list.rows}`);
  holds(who, `${name}.start`, list.start, lists * rows + 1, "Int32Array");
  const total = list.start[lists * rows] ?? 0;
  holds(who, `${name}.tile`, list.tile, total, "Int32Array");
  holds(who, `${name}.partial`, list.partial, total, "Uint8Array");
  checkMasks(who, name, list, total);
  for (let row = 0; row < lists * rows; row++) {
    const from = list.start[row] ?? -1;
    const to = list.start[row + 1] ?? -1;
    if (from < 0 || to < from || to > total) {
      throw new RangeError(
        `${who}: ${name}.start must ascend from 0 to ${total}, got ${from} then ${to} in row ${row}`,
      );
    }
    for (let i = from; i < to; i++) {
      const tile = list.tile[i] ?? -1;
      if (tile < 0 || tile >= tiles || (i > from && tile <= (list.tile[i - 1] ?? -1))) {
        throw new RangeError(`${who}: ${name}.tile must ascend below ${tiles} within a row, got ${tile} in row ${row}`);
      }
    }
  }
  checkedLists.set(list, key);
}

function checkMasks(who: string, name: string, { mask, masks }: TileList, total: number): void {
  if (mask === undefined) return;
  holds(who, `${name}.mask`, mask, total, "Int32Array");
  const pooled = Math.floor((masks?.length ?? 0) / maskWords);
  if (pooled > 0) holds(who, `${name}.masks`, masks, pooled * maskWords, "Int32Array");
  for (let i = 0; i < total; i++) {
    const number = mask[i] ?? Number.NaN;
    if (number >= -1 && number < pooled) continue;
    throw new RangeError(`${who}: ${name}.mask must be -1 or below the ${pooled} masks, got ${number}`);
  }
}
