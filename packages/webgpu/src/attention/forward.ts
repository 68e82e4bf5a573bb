import type { TensorInfo } from "@tensorflow/tfjs-core";
import { entry, type Program, writes } from "../program.ts";
import { accumulators, type Blocks, blockLanes, eachElement, rescale, storeBlock } from "../wgsl/block.ts";
import { rowsBinding, storeRows } from "../wgsl/tensor.ts";
import { attentionProgram, type Call } from "./call.ts";
import { clippedPlace, hidden } from "./scores.ts";
import { alongQueries } from "./walk.ts";

export const queryRows = (name: string) =>
  ({ name, base: "queryBase", first: "rowFirst", length: "u.queries" }) as const;
export const queryColumns = (name: string) => ({ ...queryRows(name), first: "columnFirst" }) as const;
export const keyRows = (name: string) => ({ name, base: "keyBase", first: "rowFirst", length: "u.keys" }) as const;
export const keyColumns = (name: string) => ({ ...keyRows(name), first: "columnFirst" }) as const;

/** Writes the scores of a block: `hidden` where a pair is. */
const writeScores = ({ at }: Blocks): string =>
  eachElement(
    "s",
    undefined,
    `let n = rowFirst + r;
    let m = columnFirst + c;
    var x = f32(${hidden});
    if (sees(n, m, r, c, flag)) { x = score(n, m, s); }
    ${at("r", "c")} = x;`,
  );

/** One invocation per row goes on with its softmax: scores become weights, and `factor` what earlier sums must be multiplied by. */
const softmaxStep = ({ at }: Blocks): string => `if (lid < 32) {
  let n = rowFirst + lid;
  var largest = top;
  for (var c = 0; c < 32; c++) { largest = max(largest, ${at("lid", "c")}); }
  factor[lid] = exp(top - largest);
  total *= factor[lid];
  top = largest;
  for (var c = 0; c < 32; c++) {
    let x = ${at("lid", "c")};
    var weight = 0.0;
    if (x > 0.5 * f32(${hidden})) { weight = exp(x - top); }
    total += weight;
    ${at("lid", "c")} = weight * keep(n, columnFirst + c);
  }
}`;

/** FlashAttention's forward pass (Dao et al. 2022, algorithm 1): one workgroup per 32 queries, weights never leave its memory. */
export function forwardProgram(call: Call, out: TensorInfo, logSumExp: TensorInfo): Program {
  const { q, k, v, features, blocks } = call;
  const stored = { name: "out", of: out, width: v.width };
  const main = alongQueries(features, {
    before: `${accumulators("o", v.width)}
  var top = f32(${hidden});
  var total = 0.0;`,
    body: `${blocks.product("s", queryRows("q"), keyColumns("k"), q.width)}
${writeScores(blocks)}
workgroupBarrier();
${softmaxStep(blocks)}
workgroupBarrier();
${rescale("o", v.width, (row) => `factor[${row}]`)}
${blocks.accumulate("o", keyColumns("v"), v.width)}`,
    after: `if (lid < 32) {
    factor[lid] = select(0.0, 1.0 / total, total > 0.0);
    if (rowFirst + lid < u.queries) { logSumExp[queryBase + rowFirst + lid] = top + log(total); }
  }
  workgroupBarrier();
  ${storeBlock("o", queryRows("out"), v.width, (row) => `factor[${row}]`)}`,
  });
  return attentionProgram(call, "PatternAttention", {
    operands: [q, k, v],
    others: [rowsBinding(stored, "read_write"), writes("logSumExp", logSumExp)],
    transposed: false,
    code: `${storeRows(stored)}var<workgroup> factor: array<f32, 32>;\n${entry(blockLanes, main, blocks.builtins)}`,
    workgroups: call.batch * call.heads * call.queryTiles,
  });
}

/** The weights (after dropout) of each query summed by clipped offset, once their sums are known. */
export function offsetSumsProgram(call: Call, logSumExp: TensorInfo, sums: TensorInfo): Program {
  const { q, k, features, blocks } = call;
  const main = alongQueries(features, {
    before: `if (lid < 32 && rowFirst + lid < u.queries) {
    for (var i = 0; i <= 2 * u.clip; i++) { sums[(queryBase + rowFirst + lid) * (2 * u.clip + 1) + i] = 0.0; }
  }`,
    body: `${blocks.product("s", queryRows("q"), keyColumns("k"), q.width)}
${writeScores(blocks)}
workgroupBarrier();
if (lid < 32 && rowFirst + lid < u.queries) {
  let n = rowFirst + lid;
  for (var c = 0; c < 32; c++) {
    let x = ${blocks.at("lid", "c")};
    let m = columnFirst + c;
    if (x > 0.5 * f32(${hidden})) { sums[${clippedPlace}] += exp(x - logSumExp[queryBase + n]) * keep(n, m); }
  }
}
workgroupBarrier();`,
    after: "",
  });
  return attentionProgram(call, "PatternAttentionOffsetSums", {
    operands: [q, k],
    others: [writes("sums", sums), { ...writes("logSumExp", logSumExp), access: "read" }],
    transposed: false,
    code: entry(blockLanes, main, blocks.builtins),
    workgroups: call.batch * call.heads * call.queryTiles,
  });
}
