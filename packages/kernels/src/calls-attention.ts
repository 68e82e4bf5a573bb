import { holds, positiveNumbers, wholeNumber } from "./check.ts";
import type { AttentionCall, AttentionGradientCall, TileList } from "./engine.ts";
import type { AnyArray, Invocation } from "./operations.ts";

/** One tile size for every instruction set: a panel is LANES wide and a tile TILE long in csrc/block.h. */
export const tileSize = { queries: 48, keys: 64 } as const;

/** Lists which have been checked, and for which "rows x tiles x lists"; checking a long list costs more than a small call. */
const checkedLists = new WeakMap<TileList, string>();

function checkTiles(
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

/** Tiles that a row list reads; an array of a list is never empty for the kernels, whatever it holds. */
function listArrays(list: TileList | undefined): (AnyArray | undefined)[] {
  return list === undefined ? [undefined, undefined, undefined] : [list.start, list.tile, list.partial];
}
function listSizes(list: TileList | undefined): number[] {
  return list === undefined ? [0, 0, 0] : [list.rows, list.batchStride, list.headStride];
}

function checkPredicate(who: string, call: AttentionCall): void {
  const { causal, queryOffset, window, globalKeys } = call.predicate;
  if (typeof causal !== "boolean")
    throw new TypeError(`${who}: predicate.causal must be true or false, got ${String(causal)}`);
  wholeNumber(who, "predicate.queryOffset", queryOffset, -(2 ** 30));
  if (globalKeys !== undefined) holds(who, "predicate.globalKeys", globalKeys, call.batch * call.keys, "Uint8Array");
  if (window === undefined) return;
  for (const side of ["before", "after"] as const) {
    if (!(window[side] >= 0)) throw new RangeError(`${who}: window.${side} must not be negative, got ${window[side]}`);
  }
  holds(who, "window.dilation", window.dilation, call.heads, "Int32Array");
  for (let h = 0; h < call.heads; h++) wholeNumber(who, "window.dilation", window.dilation[h] ?? 0);
}

/** Checks a forward or backward call and lays it out for `read_attention` in csrc/attention.h. */
function layOut(who: string, call: AttentionCall): { sizes: number[]; forward: (AnyArray | undefined)[] } {
  const { batch, heads, keyValueHeads, queries, keys, headDim, valueDim, predicate } = call;
  positiveNumbers(who, { batch, heads, keyValueHeads, queries, keys, headDim, valueDim });
  if (heads % keyValueHeads !== 0) {
    throw new RangeError(`${who}: heads must be a multiple of keyValueHeads (${keyValueHeads}), got ${heads}`);
  }
  if (!Number.isFinite(call.scale)) throw new RangeError(`${who}: scale must be finite, got ${call.scale}`);
  checkPredicate(who, call);
  holds(who, "q", call.q, batch * heads * queries * headDim);
  holds(who, "k", call.k, batch * keyValueHeads * keys * headDim);
  holds(who, "v", call.v, batch * keyValueHeads * keys * valueDim);
  holds(who, "out", call.out, batch * heads * queries * valueDim);
  holds(who, "logSumExp", call.logSumExp, batch * heads * queries);
  if (call.keyPadding !== undefined) holds(who, "keyPadding", call.keyPadding, batch * keys);
  if (call.bias !== undefined) holds(who, "bias", call.bias, heads * (queries + keys - 1));
  const { window } = predicate;
  // Beyond the whole length a window hides nothing more.
  const reach = queries + keys + Math.abs(predicate.queryOffset);
  const clamp = (side: number): number => Math.min(side, reach);
  const sizes = [
    batch,
    heads,
    keyValueHeads,
    queries,
    keys,
    headDim,
    valueDim,
    Number(predicate.causal),
    predicate.queryOffset,
  ];
  sizes.push(
    window === undefined ? 0 : 1,
    clamp(window?.before ?? 0),
    clamp(window?.after ?? 0),
    ...listSizes(call.tiles),
  );
  return {
    sizes,
    forward: [window?.dilation, predicate.globalKeys, call.keyPadding, call.bias, call.q, call.k, call.v],
  };
}

function checkForwardTiles(who: string, call: AttentionCall): void {
  if (call.tiles === undefined) return;
  const panels = Math.ceil(call.queries / tileSize.queries);
  checkTiles(who, "tiles", call.tiles, panels, Math.ceil(call.keys / tileSize.keys), call.batch, call.heads);
}

export function attentionInvocation(engine: string, call: AttentionCall): Invocation {
  const who = `${engine} attention`;
  const { sizes, forward } = layOut(who, call);
  checkForwardTiles(who, call);
  const arrays = [...listArrays(call.tiles), undefined, undefined, undefined, ...forward, call.out, call.logSumExp];
  for (let i = 0; i < 5; i++) arrays.push(undefined);
  return {
    operation: "attention",
    sizes: [...sizes, 0, 0, 0],
    numbers: [call.scale],
    arrays,
    access: "rrrrrrrrrrrrrwwrwwww",
  };
}

export function attentionGradientInvocation(engine: string, call: AttentionGradientCall): Invocation {
  const who = `${engine} attentionGradient`;
  const { sizes, forward } = layOut(who, call);
  const { batch, heads, keyValueHeads, queries, keys, headDim, valueDim } = call;
  if (call.transposedTiles !== undefined) {
    const panels = Math.ceil(keys / tileSize.queries);
    checkTiles(who, "transposedTiles", call.transposedTiles, panels, Math.ceil(queries / tileSize.keys), batch, heads);
  }
  holds(who, "dOut", call.dOut, batch * heads * queries * valueDim);
  holds(who, "dq", call.dq, batch * heads * queries * headDim);
  holds(who, "dk", call.dk, batch * keyValueHeads * keys * headDim);
  holds(who, "dv", call.dv, batch * keyValueHeads * keys * valueDim);
  if (call.dBias !== undefined) holds(who, "dBias", call.dBias, heads * (queries + keys - 1));
  const arrays = [
    undefined,
    undefined,
    undefined,
    ...listArrays(call.transposedTiles),
    ...forward,
    call.out,
    call.logSumExp,
  ];
  arrays.push(call.dOut, call.dq, call.dk, call.dv, call.dBias);
  return {
    operation: "attentionGradient",
    sizes: [...sizes, ...listSizes(call.transposedTiles)],
    numbers: [call.scale],
    arrays,
    access: "rrrrrrrrrrrrrrrrwwww",
  };
}
