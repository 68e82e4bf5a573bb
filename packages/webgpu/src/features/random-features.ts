import type { RandomFeaturesAttributes } from "@attention-lab/ops";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import { at, fusedKernel, type Kernels } from "../kernel.ts";
import { rowCode } from "../layers/row-reduction.ts";
import { type Program, reads, writes } from "../program.ts";
import { output, runProgram } from "../run-program.ts";
import type { CheckedWebGPUBackend } from "../webgpu-backend.ts";
import { matrixProduct } from "../wgsl/matrix-product.ts";
import { featureCode, rowStatistics, sequenceMaximum, slopeCode } from "./random-feature-code.ts";

/** Row sizes and constants that every shader of one call reads. */
interface Call {
  readonly attrs: RandomFeaturesAttributes;
  readonly rows: number;
  readonly uniforms: Program["uniforms"];
}

function callOf(x: TensorInfo, projection: TensorInfo, attrs: RandomFeaturesAttributes): Call {
  const [batch, heads, length, width] = [at(x, 0), at(x, 1), at(x, 2), at(x, 3)];
  const features = at(projection, 0);
  const rows = batch * heads * length;
  const epsilon = attrs.map === "positive" ? attrs.epsilon / Math.sqrt(features) : attrs.epsilon;
  return {
    attrs,
    rows,
    uniforms: {
      rows: ["i32", rows],
      heads: ["i32", heads],
      length: ["i32", length],
      width: ["i32", width],
      features: ["i32", features],
      scale: ["f32", attrs.scale],
      bound: ["f32", typeof attrs.bound === "number" ? attrs.bound : 0],
      divide: ["f32", Math.log(features) / 2],
      epsilon: ["f32", epsilon],
    },
  };
}

/** u = x projection^T sqrt(scale), or the features themselves where they need nothing else. */
function products(
  backend: CheckedWebGPUBackend,
  { attrs, rows }: Call,
  x: TensorInfo,
  projection: TensorInfo,
): TensorInfo {
  const features = at(projection, 0);
  const u = output(backend, [...x.shape.slice(0, 3), features]);
  matrixProduct(
    backend,
    {
      name: "RandomFeaturesProduct",
      a: { of: x, transposed: false },
      b: { of: projection, transposed: true },
      rows,
      inner: at(x, 3),
      columns: features,
    },
    {
      bindings: [writes("y", u)],
      uniforms: { root: ["f32", Math.sqrt(attrs.scale)], epsilon: ["f32", attrs.epsilon] },
      code: attrs.map === "relu" ? "y[at] = max(sum * u.root, 0.0) + u.epsilon;" : "y[at] = sum * u.root;",
    },
  );
  return u;
}

export const randomFeatureKernels: Kernels = {
  RandomFeatures: fusedKernel("RandomFeatures", ({ x, projection, keyPadding }, attrs, backend) => {
    const call = callOf(x, projection, attrs);
    const { rows, uniforms } = call;
    const u = products(backend, call, x, projection);
    if (attrs.map === "relu") return [u];
    const padding = keyPadding === undefined ? [] : [reads("padding", keyPadding)];
    const statistics = output(backend, [rows, 2]);
    runProgram(backend, {
      name: "RandomFeaturesRows",
      bindings: [writes("statistics", statistics, "vec2<f32>"), reads("x", x), reads("products", u), ...padding],
      uniforms,
      ...rowCode(backend.device, rowStatistics(attrs, keyPadding !== undefined)),
      workgroups: rows,
    });
    const groups = at(x, 0) * at(x, 1);
    const tops = attrs.bound === "sequence" ? output(backend, [groups]) : undefined;
    if (tops !== undefined) {
      runProgram(backend, {
        name: "RandomFeaturesMaximum",
        bindings: [writes("tops", tops), reads("statistics", statistics, "vec2<f32>")],
        uniforms,
        ...rowCode(backend.device, sequenceMaximum),
        workgroups: groups,
      });
    }
    const width = at(projection, 0) * (attrs.map === "trigonometric" ? 2 : 1);
    const y = output(backend, [...x.shape.slice(0, 3), width]);
    runProgram(backend, {
      name: "RandomFeatures",
      bindings: [
        writes("y", y),
        reads("products", u),
        reads("statistics", statistics, "vec2<f32>"),
        ...(tops === undefined ? [] : [reads("tops", tops)]),
      ],
      uniforms,
      code: featureCode(attrs),
      workgroups: rows,
    });
    for (const temporary of [u, statistics, tops]) if (temporary !== undefined) backend.disposeData(temporary.dataId);
    return [y];
  }),

  RandomFeaturesGrad: fusedKernel("RandomFeaturesGrad", ({ x, projection, y, dy, keyPadding }, attrs, backend) => {
    const { rows, uniforms } = callOf(x, projection, attrs);
    const features = at(projection, 0);
    const [du, dHalf] = [output(backend, [rows, features]), output(backend, [rows])];
    runProgram(backend, {
      name: "RandomFeaturesGrad",
      bindings: [
        writes("du", du),
        writes("dHalf", dHalf),
        reads("x", x),
        reads("y", y),
        reads("dy", dy),
        ...(keyPadding === undefined ? [] : [reads("padding", keyPadding)]),
      ],
      uniforms,
      ...rowCode(backend.device, slopeCode(attrs, keyPadding !== undefined)),
      workgroups: rows,
    });
    const dx = output(backend, x.shape);
    matrixProduct(
      backend,
      {
        name: "RandomFeaturesGradInput",
        a: { of: du, transposed: false },
        b: { of: projection, transposed: false },
        rows,
        inner: features,
        columns: at(x, 3),
      },
      {
        bindings: [writes("dx", dx), reads("x", x), reads("dHalf", dHalf)],
        uniforms: { scale: ["f32", attrs.scale], root: ["f32", Math.sqrt(attrs.scale)] },
        code: "dx[at] = u.root * sum + u.scale * dHalf[row] * x[at];",
      },
    );
    for (const temporary of [du, dHalf]) backend.disposeData(temporary.dataId);
    return [dx];
  }),
};
