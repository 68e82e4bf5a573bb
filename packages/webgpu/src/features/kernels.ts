import type { TensorInfo } from "@tensorflow/tfjs-core";
import { at, fusedKernel, type Kernels } from "../kernel.ts";
import { entry, type Program, reads, writes } from "../program.ts";
import { output, runProgram } from "../run-program.ts";
import type { CheckedWebGPUBackend } from "../webgpu-backend.ts";
import { linearSum } from "./linear-sum.ts";

const lanes = 64;

/** A column of ones (or of the denominator's gradient) beside Dv others, filled up with zeros to whole vectors. */
const widened = (width: number): number => 4 * Math.ceil((width + 1) / 4);

/** Runs code for each row of [B,H,N,...] tensors; `row` is its number. */
function perRow(
  backend: CheckedWebGPUBackend,
  program: Pick<Program, "name" | "bindings"> & {
    readonly rows: number;
    readonly width: number;
    readonly body: string;
  },
): void {
  const { name, bindings, rows, width, body } = program;
  runProgram(backend, {
    name,
    bindings,
    uniforms: { rows: ["i32", rows] },
    code: `const width = ${width};\nconst wide = ${widened(width)};\n${entry(lanes, `let row = index * ${lanes} + lid;\n  if (row >= u.rows) { return; }\n  ${body}`)}`,
    workgroups: Math.ceil(rows / lanes),
  });
}

/** [v | 1 | 0 ...]. */
function withOnes(backend: CheckedWebGPUBackend, v: TensorInfo): TensorInfo {
  const [batch, heads, keys, width] = [at(v, 0), at(v, 1), at(v, 2), at(v, 3)];
  const x = output(backend, [batch, heads, keys, widened(width)]);
  perRow(backend, {
    name: "FeatureAttentionOnes",
    bindings: [writes("x", x), reads("v", v)],
    rows: batch * heads * keys,
    width,
    body: `for (var i = 0; i < width; i++) { x[row * wide + i] = v[row * width + i]; }
  for (var i = width; i < wide; i++) { x[row * wide + i] = select(0.0, 1.0, i == width); }`,
  });
  return x;
}

/** Gradients of numerator and denominator, [dOut / den | -dOut . out / den | 0 ...]. */
function upstream(
  backend: CheckedWebGPUBackend,
  { out, denominator, dOut }: { readonly out: TensorInfo; readonly denominator: TensorInfo; readonly dOut: TensorInfo },
): TensorInfo {
  const [batch, heads, queries, width] = [at(out, 0), at(out, 1), at(out, 2), at(out, 3)];
  const w = output(backend, [batch, heads, queries, widened(width)]);
  perRow(backend, {
    name: "FeatureAttentionUpstream",
    bindings: [writes("w", w), reads("out", out), reads("denominator", denominator), reads("dOut", dOut)],
    rows: batch * heads * queries,
    width,
    body: `let rate = 1.0 / denominator[row];
  var product = 0.0;
  for (var i = 0; i < width; i++) {
    let g = dOut[row * width + i] * rate;
    w[row * wide + i] = g;
    product += g * out[row * width + i];
  }
  for (var i = width; i < wide; i++) { w[row * wide + i] = select(0.0, -product, i == width); }`,
  });
  return w;
}

export const featureKernels: Kernels = {
  FeatureAttention: fusedKernel("FeatureAttention", ({ qf, kf, v }, { causal, epsilon }, backend) => {
    const [batch, heads, queries, width] = [at(qf, 0), at(qf, 1), at(qf, 2), at(v, 3)];
    const x = withOnes(backend, v);
    const both = linearSum(backend, { name: "FeatureAttention", a: qf, b: kf, c: x, reach: causal ? "upTo" : "all" });
    const out = output(backend, [batch, heads, queries, width]);
    const denominator = output(backend, [batch, heads, queries]);
    perRow(backend, {
      name: "FeatureAttentionQuotient",
      bindings: [writes("out", out), writes("denominator", denominator), reads("both", both)],
      rows: batch * heads * queries,
      width,
      body: `let all = both[row * wide + width] + f32(${epsilon});
  denominator[row] = all;
  for (var i = 0; i < width; i++) { out[row * width + i] = both[row * wide + i] / all; }`,
    });
    for (const temporary of [x, both]) backend.disposeData(temporary.dataId);
    return [out, denominator];
  }),

  FeatureAttentionGrad: fusedKernel("FeatureAttentionGrad", (inputs, { causal }, backend) => {
    const { qf, kf, v } = inputs;
    const x = withOnes(backend, v);
    const w = upstream(backend, inputs);
    const [past, future] = causal ? (["upTo", "from"] as const) : (["all", "all"] as const);
    const name = "FeatureAttentionGrad";
    const dqf = linearSum(backend, { name, a: w, b: x, c: kf, reach: past });
    const dkf = linearSum(backend, { name, a: x, b: w, c: qf, reach: future });
    const dv = linearSum(backend, { name, a: kf, b: qf, c: w, reach: future, width: at(v, 3) });
    for (const temporary of [x, w]) backend.disposeData(temporary.dataId);
    return [dqf, dkf, dv];
  }),
};
