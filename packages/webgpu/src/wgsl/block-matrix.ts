import type { MatrixUnit } from "../precision.ts";
import { type Blocks, blockLanes, blockSide, chunksOf, four, loadChunk } from "./block.ts";

/** Floats between rows of workgroup memory: whole 16 bytes, as these units want it, and not a multiple of all banks. */
const halfStride = 40;
const stride = 36;
const at = (row: string, column: string): string => `block[${row} * ${stride} + ${column}]`;

/**
 * Products by subgroup matrices (tensor cores and their like; WGSL's experimental extension): float16 operands, float32 sums. Results reach
 * the invocations through `block`; weights are rounded to float16 before they are multiplied with values.
 */
export function matrixBlocks({ rows, columns, inner }: MatrixUnit): Blocks {
  const across = blockSide / columns;
  const tiles = across * (blockSide / rows);
  const into = (memory: string) =>
    `let place = row * ${halfStride} + 4 * quarter;
  ${four.map((i) => `${memory}[place + ${i}] = f16(x[${i}]);`).join(" ")}`;
  const load = (side: "left" | "right", memory: string, place: string, byColumns: boolean) => {
    const shape = side === "left" ? `${inner}, ${rows}` : `${columns}, ${inner}`;
    const order = byColumns ? "col_major" : "row_major";
    return `subgroupMatrixLoad<subgroup_matrix_${side}<f16, ${shape}>, ${order}>(&${memory}, u32(${place}), ${halfStride}u)`;
  };
  const result = `subgroup_matrix_result<f32, ${columns}, ${rows}>`;
  const place = `u32(${rows} * ${stride} * (t / ${across}) + ${columns} * (t % ${across}))`;
  /** Each subgroup takes every so manieth tile of the 32 x 32 results. */
  const eachTile = (start: string, operands: (k: number) => string): string => `
for (var t = i32(subgroup); t < ${tiles}; t += i32(subgroups)) {
  var z = ${result}();
  ${start}
  ${Array.from({ length: blockSide / inner }, (_, k) => `z = subgroupMatrixMultiplyAccumulate(${operands(k)}, z);`).join("\n  ")}
  subgroupMatrixStore<row_major>(&block, ${place}, z, ${stride}u);
}
workgroupBarrier();`;
  const leftRows = (memory: string, k: number) =>
    load("left", memory, `${rows * halfStride} * (t / ${across}) + ${inner * k}`, false);
  return {
    directives: `enable f16;
enable subgroups;
enable chromium_experimental_subgroup_matrix;
diagnostic(off, chromium.subgroup_matrix_uniformity);
`,
    memory: `
var<workgroup> left: array<f16, ${blockSide * halfStride}>;
var<workgroup> right: array<f16, ${blockSide * halfStride}>;
var<workgroup> block: array<f32, ${blockSide * stride}>;
`,
    builtins: ", @builtin(subgroup_id) subgroup: u32, @builtin(num_subgroups) subgroups: u32",
    at,
    product(name, a, b, width) {
      const right = (k: number) =>
        load("right", "right", `${columns * halfStride} * (t % ${across}) + ${inner * k}`, true);
      return `for (var chunk = 0; chunk < ${chunksOf(width)}; chunk++) {
  ${loadChunk(a, "chunk", into("left"))}
  ${loadChunk(b, "chunk", into("right"))}
  workgroupBarrier();
  ${eachTile(`if (chunk > 0) { z = subgroupMatrixLoad<${result}, row_major>(&block, ${place}, ${stride}u); }`, (k) => `${leftRows("left", k)}, ${right(k)}`)}
}
${four.map((i) => `let ${name}${i} = vec4<f32>(${four.map((j) => at(`(ty + ${8 * i})`, `tx + ${8 * j}`)).join(", ")});`).join("\n")}
`;
    },
    accumulate(name, b, width) {
      const right = (k: number) =>
        load("right", "right", `${inner * k * halfStride} + ${columns} * (t % ${across})`, false);
      const chunks = Array.from({ length: chunksOf(width) }, (_, chunk) => chunk);
      return `for (var e = lid; e < ${blockSide * blockSide}; e += ${blockLanes}) {
  left[(e / 32) * ${halfStride} + e % 32] = f16(${at("(e / 32)", "e % 32")});
}
${chunks
  .map(
    (chunk) => `${loadChunk(b, String(chunk), into("right"))}
workgroupBarrier();
${eachTile("", (k) => `${leftRows("left", k)}, ${right(k)}`)}
${four.map((i) => `${name}${chunk}_${i} += vec4<f32>(${four.map((j) => at(`(ty + ${8 * i})`, `4 * tx + ${j}`)).join(", ")});`).join("\n")}
workgroupBarrier();`,
  )
  .join("\n")}`;
    },
  };
}
