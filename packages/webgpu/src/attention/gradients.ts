import type { TensorInfo } from "@tensorflow/tfjs-core";
import { type Binding, entry, type Program, reads, writes } from "../program.ts";
import { accumulators, type Blocks, blockLanes, blockOfLater, eachElement, storeBlock } from "../wgsl/block.ts";
import { loadRows, type Rows, rowsBinding, storeRows } from "../wgsl/tensor.ts";
import { attentionProgram, type Call } from "./call.ts";
import { keyColumns, keyRows, queryColumns, queryRows } from "./forward.ts";
import { liftCode } from "./lift.ts";
import { clippedPlace, rowNumber } from "./scores.ts";
import { alongDiagonals, alongKeys, alongQueries, findFlag } from "./walk.ts";

/** What the gradients read besides the call's own tensors. */
export interface Upstream {
  readonly dOut: Rows;
  /** Log-sum-exp and the weights' sum of gradients of each query, then the powers of two of `lift.ts`: [B H N + 1,2]. */
  readonly statistics: TensorInfo;
  /** Gradient of the weights summed by clipped offset, if they were asked for. */
  readonly dOffsetSums: TensorInfo | undefined;
}

/** delta = sum of dOut * out (plus that of the offset sums) beside the log-sum-exp: FlashAttention-2's first pass (Dao 2023, algorithm 2). */
export function statisticsProgram(
  call: Call,
  { dOut, statistics, dOffsetSums }: Upstream,
  forward: { readonly out: TensorInfo; readonly logSumExp: TensorInfo; readonly offsetSums: TensorInfo | undefined },
): Program {
  const out = { name: "out", of: forward.out, width: dOut.width };
  const sums =
    forward.offsetSums === undefined || dOffsetSums === undefined
      ? []
      : [reads("sums", forward.offsetSums), reads("dSums", dOffsetSums)];
  const addSums = `for (var i = 0; i <= 2 * u.clip; i++) { let at = row * (2 * u.clip + 1) + i; delta += sums[at] * dSums[at]${call.half ? " * lift()" : ""}; }`;
  const rows = call.batch * call.heads * call.queries;
  const main = `let row = index * ${blockLanes} + lid;
  if (row >= u.rows) { return; }
  var delta = 0.0;
  for (var i = 0; i < ${Math.ceil(dOut.width / 4)}; i++) { delta += dot(load_dOut(row, i), load_out(row, i)); }
  ${sums.length > 0 ? addSums : ""}
  statistics[row] = vec2<f32>(logSumExp[row], delta);`;
  return {
    name: "PatternAttentionStatistics",
    bindings: [
      writes("statistics", statistics, "vec2<f32>"),
      reads("logSumExp", forward.logSumExp),
      rowsBinding(dOut, "read"),
      rowsBinding(out, "read"),
      ...sums,
    ],
    uniforms: { ...call.uniforms, rows: ["i32", rows] },
    code: loadRows(dOut) + loadRows(out) + (call.half ? liftCode : "") + entry(blockLanes, main),
    workgroups: Math.ceil(rows / blockLanes),
  };
}

/** Weight of a pair, and the gradient of its score, from its weight and its product dOut.v. */
const slopes = (hasSums: boolean, half: boolean): string => `
${half ? liftCode : ""}
fn weight(n: i32, m: i32, product: f32) -> f32 { return exp(score(n, m, product) - statistics[${rowNumber}].x); }
fn slope(n: i32, m: i32, weight: f32, kept: f32, gradient: f32) -> f32 {
  ${hasSums ? `let all = gradient + dSums[${clippedPlace}]${half ? " * lift()" : ""};` : "let all = gradient;"}
  return weight * (all * kept - statistics[${rowNumber}].y);
}
`;

const lowered = ({ half }: Call): string => (half ? " * lower()" : "");

/** The block becomes the gradients of its scores, 0 for hidden pairs. */
const fillSlopes = ({ at }: Blocks): string =>
  eachElement(
    "s",
    "p",
    `let n = rowFirst + r;
    let m = columnFirst + c;
    var x = 0.0;
    if (sees(n, m, r, c, flag)) { x = slope(n, m, weight(n, m, s), keep(n, m), p); }
    ${at("r", "c")} = x;`,
  );

/** Of a block whose rows are keys: it becomes the weights, and the gradients of the scores are left for later. */
const fillWeights = ({ at }: Blocks): string =>
  eachElement(
    "s",
    "p",
    `let n = columnFirst + c;
    let m = rowFirst + r;
    var x = 0.0;
    if (sees(n, m, r, c, flag)) {
      let all = weight(n, m, s);
      let kept = keep(n, m);
      x = all * kept;
      later = slope(n, m, all, kept, p);
    }
    ${at("r", "c")} = x;`,
  );

function gradientProgram(
  call: Call,
  { dOut, statistics, dOffsetSums }: Upstream,
  name: string,
  parts: {
    readonly outputs: readonly Binding[];
    readonly transposed: boolean;
    readonly code: string;
    readonly main: string;
    readonly workgroups: number;
  },
): Program {
  const sums = dOffsetSums === undefined ? [] : [reads("dSums", dOffsetSums)];
  return attentionProgram(call, name, {
    operands: [call.q, call.k, call.v, dOut],
    others: [...parts.outputs, reads("statistics", statistics, "vec2<f32>"), ...sums],
    transposed: parts.transposed,
    code: `${parts.code}${slopes(dOffsetSums !== undefined, call.half)}${entry(blockLanes, parts.main, call.blocks.builtins)}`,
    workgroups: parts.workgroups,
  });
}

/** dq, and the gradient of the scores by offset: both belong to one query, so one workgroup sums them alone. */
export function queryGradientProgram(
  call: Call,
  upstream: Upstream,
  dq: TensorInfo,
  dScores: TensorInfo | undefined,
): Program {
  const { q, v, blocks } = call;
  const stored = { name: "dq", of: dq, width: q.width };
  const lower = lowered(call);
  const table = "dScores[(queryBase + rowFirst + lid) * (2 * u.clip + 1) + i]";
  const clear = `if (lid < 32 && rowFirst + lid < u.queries) { for (var i = 0; i <= 2 * u.clip; i++) { ${table} = 0.0; } }`;
  const sum = `if (lid < 32 && rowFirst + lid < u.queries) {
  let n = rowFirst + lid;
  for (var c = 0; c < 32; c++) { let m = columnFirst + c; if (m < u.keys) { dScores[${clippedPlace}] += ${blocks.at("lid", "c")}${lower}; } }
}`;
  const main = alongQueries(call.features, {
    before: accumulators("g", q.width) + (dScores === undefined ? "" : clear),
    body: `${blocks.product("s", queryRows("q"), keyColumns("k"), q.width)}
${blocks.product("p", queryRows("dOut"), keyColumns("v"), v.width)}
${fillSlopes(blocks)}
workgroupBarrier();
${dScores === undefined ? "" : sum}
${blocks.accumulate("g", keyColumns("k"), q.width)}`,
    after: storeBlock("g", queryRows("dq"), q.width, () => `u.scale${lowered(call)}`),
  });
  return gradientProgram(call, upstream, "PatternAttentionGradQuery", {
    outputs: [rowsBinding(stored, "read_write"), ...(dScores === undefined ? [] : [writes("dScores", dScores)])],
    transposed: false,
    code: storeRows(stored),
    main,
    workgroups: call.batch * call.heads * call.queryTiles,
  });
}

/** dk and dv: one workgroup sums over all queries, of all query heads that share the keys. */
export function keyGradientProgram(call: Call, upstream: Upstream, dk: TensorInfo, dv: TensorInfo): Program {
  const { q, v, blocks } = call;
  const outputs: Rows[] = [
    { name: "dk", of: dk, width: q.width },
    { name: "dv", of: dv, width: v.width },
  ];
  const main = alongKeys(call.features, {
    before: `${accumulators("g", q.width)}\n${accumulators("w", v.width)}`,
    body: `${blocks.product("s", keyRows("k"), queryColumns("q"), q.width)}
${blocks.product("p", keyRows("v"), queryColumns("dOut"), v.width)}
${fillWeights(blocks)}
workgroupBarrier();
${blocks.accumulate("w", queryColumns("dOut"), v.width)}
${blockOfLater(blocks)}
workgroupBarrier();
${blocks.accumulate("g", queryColumns("q"), q.width)}`,
    after: `${storeBlock("g", keyRows("dk"), q.width, () => `u.scale${lowered(call)}`)}
${storeBlock("w", keyRows("dv"), v.width, () => `1.0${lowered(call)}`)}`,
  });
  return gradientProgram(call, upstream, "PatternAttentionGradKeys", {
    outputs: outputs.map((rows) => rowsBinding(rows, "read_write")),
    transposed: true,
    code: outputs.map(storeRows).join(""),
    main,
    workgroups: call.batch * call.keyValueHeads * call.keyTiles,
  });
}

/** Sums of score gradients along each diagonal of pairs within a diagonal of tiles, [H, diagonals, 64]: 63 of them, and an unused 0. */
export function diagonalProgram(call: Call, upstream: Upstream, partial: TensorInfo): Program {
  const { q, v, features, blocks } = call;
  const main = alongDiagonals(features, {
    body: `${blocks.product("s", queryRows("q"), keyColumns("k"), q.width)}
${blocks.product("p", queryRows("dOut"), keyColumns("v"), v.width)}
${fillSlopes(blocks)}
workgroupBarrier();
for (var r = 0; r < 32; r++) { let c = r + lid - 31; if (c >= 0 && c < 32) { sum += ${blocks.at("r", "c")}; } }
workgroupBarrier();`,
    after: `partial[index * ${blockLanes} + lid] = sum${lowered(call)};`,
  });
  return gradientProgram(call, upstream, "PatternAttentionGradDiagonals", {
    outputs: [writes("partial", partial)],
    transposed: false,
    code: features.planned ? findFlag : "",
    main,
    workgroups: call.heads * diagonalsOf(call),
  });
}

export const diagonalsOf = ({ queryTiles, keyTiles }: Call): number => queryTiles + keyTiles - 1;

/** dBias [H,N+M-1]: an offset lies on two neighbouring diagonals of tiles. */
export function biasGradientProgram(call: Call, partial: TensorInfo, dBias: TensorInfo): Program {
  const size = call.heads * (call.queries + call.keys - 1);
  const main = `let at = index * ${blockLanes} + lid;
  if (at >= u.size) { return; }
  let length = u.queries + u.keys - 1;
  let h = at / length;
  let diagonals = u.queryTiles + u.keyTiles - 1;
  let distance = at % length - (u.queries - 1);
  // Rounded down, also below 0.
  let tile = (distance + 32 * u.queryTiles) / 32 - u.queryTiles;
  var sum = 0.0;
  for (var t = tile; t <= tile + 1; t++) {
    let number = t + u.queryTiles - 1;
    let lane = distance - 32 * t + 31;
    if (number >= 0 && number < diagonals && lane >= 0) { sum += partial[(h * diagonals + number) * ${blockLanes} + lane]; }
  }
  dBias[at] = sum;`;
  return {
    name: "PatternAttentionGradBias",
    bindings: [writes("dBias", dBias), reads("partial", partial)],
    uniforms: { ...call.uniforms, size: ["i32", size] },
    code: entry(blockLanes, main),
    workgroups: Math.ceil(size / blockLanes),
  };
}
