import type { Activation } from "@attention-lab/ops";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import { at, fusedKernel, type Kernels, sizeOf } from "../kernel.ts";
import { entry, reads, writes } from "../program.ts";
import { output, runProgram } from "../run-program.ts";
import type { CheckedWebGPUBackend } from "../webgpu-backend.ts";
import { addParts, matrixProduct, splitProduct } from "../wgsl/matrix-product.ts";
import { geluCode, perElement } from "./elementwise.ts";

/** `gelu(x)` and `slope(x)` of each activation, under the names that GELU has given them. */
const activations: Readonly<Record<Activation, string>> = {
  geluErf: geluCode.erf,
  geluTanh: geluCode.tanh,
  relu: `fn gelu(x: f32) -> f32 { return max(x, 0.0); }
fn slope(x: f32) -> f32 { return select(0.0, 1.0, x > 0.0); }
`,
};

/** Rows of dy are summed in this many parts, each in order. */
const parts = 32;
const lanes = 64;

export const linearKernels: Kernels = {
  FusedLinear: fusedKernel("FusedLinear", ({ x, w, b, residual }, { activation }, backend) => {
    const [inner, columns] = [at(w, 0), at(w, 1)];
    const shape = [...x.shape.slice(0, -1), columns];
    const y = output(backend, shape);
    const pre = activation === undefined ? undefined : output(backend, shape);
    matrixProduct(
      backend,
      {
        name: "FusedLinear",
        a: { of: x, transposed: false },
        b: { of: w, transposed: false },
        rows: rowsOf(x),
        inner,
        columns,
      },
      {
        bindings: [
          writes("y", y),
          ...(pre === undefined ? [] : [writes("pre", pre)]),
          ...(b === undefined ? [] : [reads("bias", b)]),
          ...(residual === undefined ? [] : [reads("residual", residual)]),
        ],
        functions: activation === undefined ? "" : activations[activation],
        code: [
          `let z = sum${b === undefined ? "" : " + bias[column]"};`,
          pre === undefined ? "" : "pre[at] = z;",
          `y[at] = ${activation === undefined ? "z" : "gelu(z)"}${residual === undefined ? "" : " + residual[at]"};`,
        ].join(" "),
      },
    );
    return pre === undefined ? [y] : [y, pre];
  }),

  FusedLinearGrad: fusedKernel("FusedLinearGrad", ({ x, w, pre, dy }, { activation, hasBias }, backend) => {
    const [inner, columns, rows] = [at(w, 0), at(w, 1), rowsOf(x)];
    const [dz = dy] = activation === undefined || pre === undefined ? [] : slopes(backend, pre, dy, activation);
    const of = { x: { of: x, transposed: true }, w: { of: w, transposed: true }, dz: { of: dz, transposed: false } };
    const dx = output(backend, x.shape);
    matrixProduct(
      backend,
      { name: "FusedLinearGradInput", a: of.dz, b: of.w, rows, inner: columns, columns: inner },
      { bindings: [writes("dx", dx)], code: "dx[at] = sum;" },
    );
    const weights = { name: "FusedLinearGradWeights", a: of.x, b: of.dz, rows: inner, inner: rows, columns };
    const dw = splitProduct(backend, weights, w.shape);
    const db = hasBias ? [columnSums(backend, dz, rows, columns)] : [];
    if (dz !== dy) backend.disposeData(dz.dataId);
    return [dx, dw, ...db];
  }),
};

const rowsOf = (x: TensorInfo): number => sizeOf(x) / Math.max(1, at(x, -1));

/** dy times the activation's derivative. */
function slopes(backend: CheckedWebGPUBackend, pre: TensorInfo, dy: TensorInfo, activation: Activation): TensorInfo[] {
  return perElement(backend, "FusedLinearSlopes", pre, {
    others: [reads("dy", dy)],
    functions: activations[activation],
    body: "y[i] = dy[i] * slope(x[i]);",
  });
}

function columnSums(backend: CheckedWebGPUBackend, dz: TensorInfo, rows: number, columns: number): TensorInfo {
  const sums = output(backend, [parts, columns]);
  runProgram(backend, {
    name: "FusedLinearGradBias",
    bindings: [writes("sums", sums), reads("dz", dz)],
    uniforms: { rows: ["i32", rows], columns: ["i32", columns] },
    code: entry(
      lanes,
      `let part = index % ${parts};
  let c = (index / ${parts}) * ${lanes} + lid;
  if (c >= u.columns) { return; }
  var sum = 0.0;
  for (var row = part; row < u.rows; row += ${parts}) { sum += dz[row * u.columns + c]; }
  sums[part * u.columns + c] = sum;`,
    ),
    workgroups: parts * Math.ceil(columns / lanes),
  });
  const db = output(backend, [columns]);
  addParts(backend, { name: "FusedLinearGradBiasSums", sums, out: db, parts, size: columns });
  backend.disposeData(sums.dataId);
  return db;
}
