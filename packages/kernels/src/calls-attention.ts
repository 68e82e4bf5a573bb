import { holds, positiveNumbers, wholeNumber } from "./check.ts";
import { checkTiles, tileSize } from "./check-tiles.ts";
import type { AttentionCall, AttentionGradientCall, TileList } from "./attention-call.ts";
import type { AnyArray, Invocation } from "./operations.ts";

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

function checkExtras(who: string, call: AttentionCall): void {
  const { batch, heads, queries, keys, offsets, dropout } = call;
  if (call.keyPadding !== undefined) holds(who, "keyPadding", call.keyPadding, batch * keys);
  if (call.bias !== undefined) holds(who, "bias", call.bias, heads * (queries + keys - 1));
  if (offsets !== undefined) {
    // Twice the clip and one more must be a whole number of 32 bits too.
    wholeNumber(who, "offsets.clip", offsets.clip, 0);
    wholeNumber(who, "2 * offsets.clip + 1", 2 * offsets.clip + 1);
    const table = batch * heads * queries * (2 * offsets.clip + 1);
    holds(who, "offsets.scores", offsets.scores, table);
    if (offsets.sums !== undefined) holds(who, "offsets.sums", offsets.sums, table);
  }
  if (dropout !== undefined && !(dropout.rate >= 0 && dropout.rate < 1)) {
    throw new RangeError(`${who}: dropout.rate must be at least 0 and below 1, got ${dropout.rate}`);
  }
  for (const name of dropout === undefined ? [] : (["key", "counter"] as const)) {
    const words = dropout?.[name];
    if (words?.length === 2 && words.every(Number.isInteger)) continue;
    throw new RangeError(`${who}: dropout.${name} must be two whole numbers, got ${JSON.stringify(words)}`);
  }
}

type Arrays = (AnyArray | undefined)[];

/** Checks what both directions read and lays it out for `read_attention` in csrc/attention.h, all but the arrays after logSumExp. */
function layOut(who: string, call: AttentionCall, tiles: TileList | undefined) {
  const { batch, heads, keyValueHeads, queries, keys, headDim, valueDim, predicate, offsets, dropout } = call;
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
  checkExtras(who, call);
  const { window } = predicate;
  // Beyond the whole length a window hides nothing more.
  const reach = queries + keys + Math.abs(predicate.queryOffset);
  const shape = [batch, heads, keyValueHeads, queries, keys, headDim, valueDim];
  const pattern = [Number(predicate.causal), predicate.queryOffset, window === undefined ? 0 : 1];
  const sides = [window?.before ?? 0, window?.after ?? 0].map((side) => Math.min(side, reach));
  const list = [tiles?.rows ?? 0, tiles?.batchStride ?? 0, tiles?.headStride ?? 0];
  const random = [...(dropout?.key ?? [0, 0]), ...(dropout?.counter ?? [0, 0])];
  const listed = [tiles?.start, tiles?.tile, tiles?.partial, tiles?.mask, tiles?.masks];
  const seen = [window?.dilation, predicate.globalKeys, call.keyPadding, call.bias, offsets?.scores];
  return {
    sizes: [...shape, ...pattern, ...sides, ...list, offsets?.clip ?? 0, ...random],
    numbers: [call.scale, dropout?.rate ?? 0],
    arrays: [...listed, ...seen, call.q, call.k, call.v, call.out, call.logSumExp, offsets?.sums] satisfies Arrays,
  };
}

export function attentionInvocation(engine: string, call: AttentionCall): Invocation {
  const who = `${engine} attention`;
  const { arrays, ...rest } = layOut(who, call, call.tiles);
  if (call.tiles !== undefined) {
    const panels = Math.ceil(call.queries / tileSize.queries);
    checkTiles(who, "tiles", call.tiles, panels, Math.ceil(call.keys / tileSize.keys), call.batch, call.heads);
  }
  const backward: Arrays = Array.from({ length: 7 }, () => undefined);
  return { operation: "attention", ...rest, arrays: [...arrays, ...backward], access: "rrrrrrrrrrrrrwwwrrwwwww" };
}

export function attentionGradientInvocation(engine: string, call: AttentionGradientCall): Invocation {
  const who = `${engine} attentionGradient`;
  const { arrays, ...rest } = layOut(who, call, call.transposedTiles);
  const { batch, heads, keyValueHeads, queries, keys, headDim, valueDim, offsets } = call;
  if (call.transposedTiles !== undefined) {
    const panels = Math.ceil(keys / tileSize.queries);
    checkTiles(who, "transposedTiles", call.transposedTiles, panels, Math.ceil(queries / tileSize.keys), batch, heads);
  }
  holds(who, "dOut", call.dOut, batch * heads * queries * valueDim);
  holds(who, "dq", call.dq, batch * heads * queries * headDim);
  holds(who, "dk", call.dk, batch * keyValueHeads * keys * headDim);
  holds(who, "dv", call.dv, batch * keyValueHeads * keys * valueDim);
  if (call.dBias !== undefined) holds(who, "dBias", call.dBias, heads * (queries + keys - 1));
  if (offsets !== undefined) {
    const table = batch * heads * queries * (2 * offsets.clip + 1);
    holds(who, "offsets.dScores", offsets.dScores, table);
    if (offsets.dSums !== undefined || offsets.sums !== undefined) {
      holds(who, "offsets.sums", offsets.sums, table);
      holds(who, "offsets.dSums", offsets.dSums, table);
    }
  }
  const gradients = [call.dq, call.dk, call.dv, call.dBias, offsets?.dScores];
  return {
    operation: "attentionGradient",
    ...rest,
    arrays: [...arrays, call.dOut, offsets?.dSums, ...gradients],
    access: "rrrrrrrrrrrrrrrrrrwwwww",
  };
}
