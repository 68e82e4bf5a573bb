import type { Precision } from "../precision.ts";
import { type Blocks, blockSide, chunksOf, four, loadChunk } from "./block.ts";

/** Vectors between rows of workgroup memory: one more than a chunk has, so that neighbouring rows lie in different banks. */
const stride = 9;
const at = (row: string, column: string): string => `block[${row} * 33 + ${column}]`;

/**
 * Products by each invocation's own arithmetic. In float16 the operands are rounded when they enter workgroup memory, which they half fill;
 * `block` and all sums are float32.
 */
export function dotBlocks(precision: Precision): Blocks {
  const half = precision === "float16";
  const cell = half ? "vec4<f16>" : "vec4<f32>";
  const stored = half ? "vec4<f16>(x)" : "x";
  const read = (place: string) => (half ? `vec4<f32>(${place})` : place);
  const into = (memory: string) => `${memory}[row * ${stride} + quarter] = ${stored};`;
  const row = (memory: string, first: string, i: number) => read(`${memory}[(${first} + ${8 * i}) * ${stride} + d]`);
  return {
    directives: half ? "enable f16;\n" : "",
    memory: `
var<workgroup> left: array<${cell}, ${blockSide * stride}>;
var<workgroup> right: array<${cell}, ${blockSide * stride}>;
var<workgroup> block: array<f32, ${blockSide * 33}>;
`,
    builtins: "",
    at,
    product(name, a, b, width) {
      const dots = four.map((i) => `${name}${i} += vec4<f32>(${four.map((j) => `dot(a${i}, b${j})`).join(", ")});`);
      return `${four.map((i) => `var ${name}${i} = vec4<f32>(0.0);`).join(" ")}
for (var chunk = 0; chunk < ${chunksOf(width)}; chunk++) {
  ${loadChunk(a, "chunk", into("left"))}
  ${loadChunk(b, "chunk", into("right"))}
  workgroupBarrier();
  for (var d = 0; d < 8; d++) {
    ${four.map((i) => `let a${i} = ${row("left", "ty", i)}; let b${i} = ${row("right", "tx", i)};`).join("\n    ")}
    ${dots.join("\n    ")}
  }
  workgroupBarrier();
}
`;
    },
    accumulate(name, b, width) {
      const chunks = Array.from({ length: chunksOf(width) }, (_, chunk) => chunk);
      return chunks
        .map(
          (chunk) => `${loadChunk(b, String(chunk), into("right"))}
workgroupBarrier();
for (var j = 0; j < ${blockSide}; j++) {
  let x = ${read(`right[j * ${stride} + tx]`)};
  ${four.map((i) => `${name}${chunk}_${i} += ${at(`(ty + ${8 * i})`, "j")} * x;`).join("\n  ")}
}
workgroupBarrier();`,
        )
        .join("\n");
    },
  };
}
