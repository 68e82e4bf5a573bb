import type { TensorInfo } from "@tensorflow/tfjs-core";
import { at, fusedKernel, type Kernels, sizeOf } from "../kernel.ts";
import { entry, reads, writes } from "../program.ts";
import { output, runProgram } from "../run-program.ts";
import type { CheckedWebGPUBackend } from "../webgpu-backend.ts";
import { rowCode, rowLanes } from "./row-reduction.ts";

const forward = `let first = index * u.width;
  var sum = 0.0;
  for (var c = lid; c < u.width; c += ${rowLanes}) { sum += x[first + c]; }
  let mean = sum_all(lid, sum) / f32(u.width);
  var squares = 0.0;
  for (var c = lid; c < u.width; c += ${rowLanes}) { let d = x[first + c] - mean; squares += d * d; }
  let rate = inverseSqrt(sum_all(lid, squares) / f32(u.width) + u.epsilon);
  for (var c = lid; c < u.width; c += ${rowLanes}) { y[first + c] = (x[first + c] - mean) * rate * gamma[c] + beta[c]; }
  if (lid == 0) { statistics[index] = vec2<f32>(mean, rate); }`;

/** dx = rate (g - mean(g) - xhat mean(g xhat)) with g = dy gamma. */
const inputGradient = `let first = index * u.width;
  let mean = statistics[index].x;
  let rate = statistics[index].y;
  var sum = 0.0;
  var product = 0.0;
  for (var c = lid; c < u.width; c += ${rowLanes}) {
    let g = dy[first + c] * gamma[c];
    sum += g;
    product += g * (x[first + c] - mean) * rate;
  }
  let meanG = sum_all(lid, sum) / f32(u.width);
  let meanProduct = sum_all(lid, product) / f32(u.width);
  for (var c = lid; c < u.width; c += ${rowLanes}) {
    let normal = (x[first + c] - mean) * rate;
    dx[first + c] = rate * (dy[first + c] * gamma[c] - meanG - normal * meanProduct);
  }`;

/** Rows are summed in this many parts, each in order: the same numbers every time. */
const parts = 32;

/** Sums over one part of the rows, for 64 columns: [parts, width, 2]. */
const columnParts = entry(
  rowLanes,
  `let part = index % ${parts};
  let c = (index / ${parts}) * ${rowLanes} + lid;
  if (c >= u.width) { return; }
  var sums = vec2<f32>(0.0);
  for (var row = part; row < u.rows; row += ${parts}) {
    let g = dy[row * u.width + c];
    let normal = (x[row * u.width + c] - statistics[row].x) * statistics[row].y;
    sums += vec2<f32>(g * normal, g);
  }
  partial[part * u.width + c] = sums;`,
);
const columnSums = entry(
  rowLanes,
  `let c = index * ${rowLanes} + lid;
  if (c >= u.width) { return; }
  var sums = vec2<f32>(0.0);
  for (var part = 0; part < ${parts}; part++) { sums += partial[part * u.width + c]; }
  dGamma[c] = sums.x;
  dBeta[c] = sums.y;`,
);

export const layerNormKernels: Kernels = {
  FusedLayerNorm: fusedKernel("FusedLayerNorm", ({ x, gamma, beta }, { epsilon }, backend) => {
    const [rows, width] = sizesOf(x);
    const [y, statistics] = [output(backend, x.shape), output(backend, [rows, 2])];
    runProgram(backend, {
      name: "FusedLayerNorm",
      bindings: [
        writes("y", y),
        writes("statistics", statistics, "vec2<f32>"),
        reads("x", x),
        reads("gamma", gamma),
        reads("beta", beta),
      ],
      uniforms: { width: ["i32", width], epsilon: ["f32", epsilon] },
      ...rowCode(backend.device, forward),
      workgroups: rows,
    });
    return [y, statistics];
  }),

  FusedLayerNormGrad: fusedKernel("FusedLayerNormGrad", ({ x, gamma, statistics, dy }, _attrs, backend) => {
    const [rows, width] = sizesOf(x);
    const dx = output(backend, x.shape);
    const uniforms = { width: ["i32", width], rows: ["i32", rows] } as const;
    const given = [reads("x", x), reads("statistics", statistics, "vec2<f32>"), reads("dy", dy)];
    runProgram(backend, {
      name: "FusedLayerNormGrad",
      bindings: [writes("dx", dx), ...given, reads("gamma", gamma)],
      uniforms,
      ...rowCode(backend.device, inputGradient),
      workgroups: rows,
    });
    const blocks = Math.ceil(width / rowLanes);
    const partial = output(backend, [parts, width, 2]);
    const bindings = [writes("partial", partial, "vec2<f32>"), ...given];
    runProgram(backend, {
      name: "FusedLayerNormGradParts",
      bindings,
      uniforms,
      code: columnParts,
      workgroups: parts * blocks,
    });
    const [dGamma, dBeta] = [output(backend, [width]), output(backend, [width])];
    sumColumns(backend, partial, dGamma, dBeta, blocks);
    backend.disposeData(partial.dataId);
    return [dx, dGamma, dBeta];
  }),
};

function sumColumns(
  backend: CheckedWebGPUBackend,
  partial: TensorInfo,
  dGamma: TensorInfo,
  dBeta: TensorInfo,
  workgroups: number,
): void {
  runProgram(backend, {
    name: "FusedLayerNormGradSums",
    bindings: [writes("dGamma", dGamma), writes("dBeta", dBeta), reads("partial", partial, "vec2<f32>")],
    uniforms: { width: ["i32", at(dGamma, 0)] },
    code: columnSums,
    workgroups,
  });
}

function sizesOf(x: TensorInfo): [rows: number, width: number] {
  const width = at(x, -1);
  return [sizeOf(x) / Math.max(1, width), width];
}
