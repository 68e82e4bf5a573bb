import type { TensorInfo } from "@tensorflow/tfjs-core";
import { type Binding, entry, type Program, reads, writes } from "../program.ts";
import { output, runProgram } from "../run-program.ts";
import type { CheckedWebGPUBackend } from "../webgpu-backend.ts";

/** A matrix in memory by rows; `transposed` where the product takes its transpose. */
export interface Operand {
  readonly of: TensorInfo;
  readonly transposed: boolean;
}

/** C = A B with A [rows, inner] and B [inner, columns], after any transposition. */
export interface MatrixProduct {
  readonly name: string;
  readonly a: Operand;
  readonly b: Operand;
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
}

/** What is done with each sum: WGSL over `row`, `column`, the element's place `at` and its value `sum`, and what it binds. */
export interface Epilogue {
  readonly code: string;
  readonly functions?: string;
  readonly bindings: readonly Binding[];
  readonly uniforms?: Program["uniforms"];
}

/** 16 x 16 invocations own 4 x 4 elements each of a tile of 64 x 64; 16 columns of A and rows of B are in workgroup memory at once. */
const side = 64;
const depth = 16;
const lanes = 256;
/** Vectors between rows of workgroup memory: one more than there are, so that a column of vectors lies in different banks. */
const stride = 17;

/** Runs a product, with its epilogue in place of a pass of its own. */
export function matrixProduct(backend: CheckedWebGPUBackend, product: MatrixProduct, epilogue: Epilogue): void {
  const { name, a, b, rows, columns } = product;
  runProgram(backend, {
    name,
    bindings: [...epilogue.bindings, reads("a", a.of), reads("b", b.of)],
    uniforms: { ...epilogue.uniforms, ...sizes(product), parts: ["i32", 1] },
    code: productCode(
      product,
      `if (row < u.rows && column < u.columns) {
        let at = row * u.columns + column;
        ${epilogue.code}
      }`,
      epilogue.functions,
    ),
    workgroups: tilesOf(rows, columns),
  });
}

/** Columns of A are split where the tiles are few, so that a card has work for all its cores; the parts are then added in order. */
export function splitProduct(
  backend: CheckedWebGPUBackend,
  product: MatrixProduct,
  shape: readonly number[],
): TensorInfo {
  const { name, a, b, rows, inner, columns } = product;
  const tiles = tilesOf(rows, columns);
  const parts = Math.max(1, Math.min(Math.floor(256 / Math.max(1, tiles)), Math.floor(inner / 256)));
  const out = output(backend, shape);
  const sums = parts === 1 ? out : output(backend, [parts, rows, columns]);
  runProgram(backend, {
    name,
    bindings: [writes("sums", sums), reads("a", a.of), reads("b", b.of)],
    uniforms: { ...sizes(product), parts: ["i32", parts] },
    code: productCode(
      product,
      "if (row < u.rows && column < u.columns) { sums[(part * u.rows + row) * u.columns + column] = sum; }",
    ),
    workgroups: tiles * parts,
  });
  if (parts === 1) return out;
  addParts(backend, { name: `${name}Parts`, sums, out, parts, size: rows * columns });
  backend.disposeData(sums.dataId);
  return out;
}

/** out[i] = the sum of sums[part, i], part after part. */
export function addParts(
  backend: CheckedWebGPUBackend,
  sum: {
    readonly name: string;
    readonly sums: TensorInfo;
    readonly out: TensorInfo;
    readonly parts: number;
    readonly size: number;
  },
): void {
  runProgram(backend, {
    name: sum.name,
    bindings: [writes("out", sum.out), reads("sums", sum.sums)],
    uniforms: { parts: ["i32", sum.parts], size: ["i32", sum.size] },
    code: entry(
      lanes,
      `let i = index * ${lanes} + lid;
  if (i >= u.size) { return; }
  var x = 0.0;
  for (var part = 0; part < u.parts; part++) { x += sums[part * u.size + i]; }
  out[i] = x;`,
    ),
    workgroups: Math.ceil(sum.size / lanes),
  });
}

const four = [0, 1, 2, 3] as const;
const tilesOf = (rows: number, columns: number): number => Math.ceil(rows / side) * Math.ceil(columns / side);

const sizes = ({ rows, inner, columns }: MatrixProduct): Program["uniforms"] => ({
  rows: ["i32", rows],
  inner: ["i32", inner],
  columns: ["i32", columns],
});

function productCode({ a, b }: Pick<MatrixProduct, "a" | "b">, store: string, functions = ""): string {
  const main = `
  let across = (u.columns + ${side - 1}) / ${side};
  let tiles = across * ((u.rows + ${side - 1}) / ${side});
  let part = index / tiles;
  let tile = index % tiles;
  let firstRow = ${side} * (tile / across);
  let firstColumn = ${side} * (tile % across);
  let steps = (u.inner + ${depth - 1}) / ${depth};
  let end = (steps * (part + 1)) / u.parts;
  let ty = lid / 16;
  let tx = lid % 16;
  ${four.map((i) => `var o${i} = vec4<f32>(0.0);`).join(" ")}
  for (var step = (steps * part) / u.parts; step < end; step++) {
    let firstInner = ${depth} * step;
    ${fill("left", "a", a.transposed, "firstRow", "u.rows")}
    ${fill("right", "b", !b.transposed, "firstColumn", "u.columns")}
    workgroupBarrier();
    for (var k = 0; k < ${depth}; k++) {
      let x = left[k * ${stride} + ty];
      let y = right[k * ${stride} + tx];
      ${four.map((i) => `o${i} += x[${i}] * y;`).join(" ")}
    }
    workgroupBarrier();
  }
  var owned = array<vec4<f32>, 4>(${four.map((i) => `o${i}`).join(", ")});
  for (var i = 0; i < 4; i++) {
    for (var j = 0; j < 4; j++) {
      let row = firstRow + 4 * ty + i;
      let column = firstColumn + 4 * tx + j;
      let sum = owned[i][j];
      ${store}
    }
  }`;
  return `var<workgroup> left: array<vec4<f32>, ${depth * stride}>;
var<workgroup> right: array<vec4<f32>, ${depth * stride}>;
${functions}
${entry(lanes, main)}`;
}

/**
 * One vector per invocation: four neighbours of the outer dimension at one place of the inner one. Neighbouring invocations read neighbouring
 * memory, whichever of the two dimensions it runs along.
 */
function fill(memory: string, source: string, alongOuter: boolean, first: string, length: string): string {
  const [k, four] = alongOuter ? ["lid / 16", "lid % 16"] : ["lid % 16", "lid / 16"];
  const place = alongOuter ? `inner * ${length} + outer` : "outer * u.inner + inner";
  return `{
      let inner = firstInner + ${k};
      var x = vec4<f32>(0.0);
      for (var i = 0; i < 4; i++) {
        let outer = ${first} + 4 * (${four}) + i;
        if (inner < u.inner && outer < ${length}) { x[i] = ${source}[${place}]; }
      }
      ${memory}[(${k}) * ${stride} + ${four}] = x;
    }`;
}
