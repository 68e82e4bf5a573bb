import { blockSide } from "../wgsl/block.ts";
import type { Features } from "./call.ts";
import { flags } from "./plan.ts";

/** Row 0 of a head's queries, and of its keys, in their tensors. */
const bases = `let queryBase = (b * u.heads + h) * u.queries;
  let keyBase = (b * u.keyValueHeads + (h * u.keyValueHeads) / u.heads) * u.keys;
  batch = b;
  head = h;`;

const lanes = `let ty = lid / 8;
  let tx = lid % 8;`;

/** One workgroup per tile of queries, head and batch row: `body` runs for each tile of keys that it needs, at `rowFirst`, `columnFirst`, `flag`. */
export function alongQueries(features: Features, parts: { before: string; body: string; after: string }): string {
  return `
  let tile = index % u.queryTiles;
  let h = (index / u.queryTiles) % u.heads;
  let b = index / (u.queryTiles * u.heads);
  ${bases}
  ${lanes}
  let rowFirst = tile * ${blockSide};
  ${parts.before}
  ${columns(features, "queryTiles", parts.body, {
    first: "0",
    end: features.causal
      ? `min(u.keyTiles, max(0, rowFirst + ${blockSide - 1} + u.offset + ${blockSide}) / ${blockSide})`
      : "u.keyTiles",
  })}
  ${parts.after}`;
}

/** One workgroup per tile of keys, key-value head and batch row: `body` runs for each query head that reads it and each tile of queries. */
export function alongKeys(features: Features, parts: { before: string; body: string; after: string }): string {
  return `
  let tile = index % u.keyTiles;
  let keyHead = (index / u.keyTiles) % u.keyValueHeads;
  let b = index / (u.keyTiles * u.keyValueHeads);
  ${lanes}
  let rowFirst = tile * ${blockSide};
  ${parts.before}
  for (var h = (keyHead * u.heads + u.keyValueHeads - 1) / u.keyValueHeads; (h * u.keyValueHeads) / u.heads == keyHead && h < u.heads; h++) {
  ${bases}
  ${columns(features, "keyTiles", parts.body, {
    first: features.causal ? `max(0, rowFirst - u.offset) / ${blockSide}` : "0",
    end: "u.queryTiles",
  })}
  }
  let keyBase = (b * u.keyValueHeads + keyHead) * u.keys;
  ${parts.after}`;
}

/** The tiles of one row, by the plan or by counting. */
function columns(
  { planned }: Features,
  rowTiles: "queryTiles" | "keyTiles",
  body: string,
  counted: { readonly first: string; readonly end: string },
): string {
  if (!planned) {
    return `for (var columnTile = ${counted.first}; columnTile < ${counted.end}; columnTile++) {
    let columnFirst = columnTile * ${blockSide};
    let flag = ${flags.predicate};
    ${body}
  }`;
  }
  return `let list = (b * u.batchStride + h * u.headStride) * u.${rowTiles} + tile;
  for (var e = plan[list]; e < plan[list + 1]; e++) {
    let columnFirst = plan[u.entriesAt + 2 * e] * ${blockSide};
    let flag = plan[u.entriesAt + 2 * e + 1];
    ${body}
  }`;
}

/**
 * One workgroup per diagonal of tiles (tile of keys less tile of queries) and head: `body` runs for each of its tiles in every batch row, so
 * that all pairs of one offset meet in two workgroups at most.
 */
export function alongDiagonals({ planned, causal }: Features, parts: { body: string; after: string }): string {
  const flag = planned
    ? `flagOf((b * u.batchStride + h * u.headStride) * u.queryTiles + tile, tile + diagonal)`
    : causal
      ? `select(${flags.predicate}, ${flags.absent}, columnFirst > rowFirst + ${blockSide - 1} + u.offset)`
      : String(flags.predicate);
  return `
  let diagonal = index % (u.queryTiles + u.keyTiles - 1) - (u.queryTiles - 1);
  let h = index / (u.queryTiles + u.keyTiles - 1);
  ${lanes}
  var sum = 0.0;
  for (var b = 0; b < u.batches; b++) {
    for (var tile = max(0, -diagonal); tile < min(u.queryTiles, u.keyTiles - diagonal); tile++) {
      ${bases}
      let rowFirst = tile * ${blockSide};
      let columnFirst = (tile + diagonal) * ${blockSide};
      let flag = ${flag};
      if (flag == ${flags.absent}) { continue; }
      ${parts.body}
    }
  }
  ${parts.after}`;
}

/** For `alongDiagonals` with a plan: the flag of one tile of a row. */
export const findFlag = `fn flagOf(list: i32, tile: i32) -> i32 {
  var flag = ${flags.absent};
  for (var e = plan[list]; e < plan[list + 1]; e++) {
    if (plan[u.entriesAt + 2 * e] == tile) { flag = plan[u.entriesAt + 2 * e + 1]; }
  }
  return flag;
}
`;
