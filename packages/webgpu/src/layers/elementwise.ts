import type { TensorInfo } from "@tensorflow/tfjs-core";
import { fusedKernel, type Kernels, sizeOf } from "../kernel.ts";
import { type Binding, entry, type Program, reads, writes } from "../program.ts";
import { output, runProgram } from "../run-program.ts";
import type { CheckedWebGPUBackend } from "../webgpu-backend.ts";
import { philox } from "../wgsl/philox.ts";

const lanes = 256;

/** WGSL has no error function: Abramowitz and Stegun 7.1.26, within 1.5e-7. */
const erf = `fn erf(x: f32) -> f32 {
  let t = 1.0 / (1.0 + 0.3275911 * abs(x));
  let tail = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t * exp(-x * x);
  return sign(x) * (1.0 - tail);
}
`;

/** `gelu(x)` and its derivative `slope(x)`. The argument of tanh is kept where exponentials stay finite. */
export const geluCode = {
  erf: `${erf}
fn gelu(x: f32) -> f32 { return 0.5 * x * (1.0 + erf(x * 0.70710678)); }
fn slope(x: f32) -> f32 { return 0.5 * (1.0 + erf(x * 0.70710678)) + x * 0.39894228 * exp(-0.5 * x * x); }
`,
  tanh: `fn inner(x: f32) -> f32 { return tanh(clamp(0.79788456 * (x + 0.044715 * x * x * x), -15.0, 15.0)); }
fn gelu(x: f32) -> f32 { return 0.5 * x * (1.0 + inner(x)); }
fn slope(x: f32) -> f32 {
  let t = inner(x);
  return 0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * 0.79788456 * (1.0 + 0.134145 * x * x);
}
`,
} as const;

/** Runs code for each element `i` of a new tensor `y` of the shape of `x`. */
export function perElement(
  backend: CheckedWebGPUBackend,
  name: string,
  x: TensorInfo,
  parts: {
    readonly others?: readonly Binding[];
    readonly uniforms?: Program["uniforms"];
    readonly functions: string;
    readonly body: string;
  },
): TensorInfo[] {
  const y = output(backend, x.shape);
  const size = sizeOf(x);
  runProgram(backend, {
    name,
    bindings: [writes("y", y), reads("x", x), ...(parts.others ?? [])],
    uniforms: { ...parts.uniforms, size: ["i32", size] },
    code: `${parts.functions}${entry(lanes, `let i = index * ${lanes} + lid;\n  if (i >= u.size) { return; }\n  ${parts.body}`)}`,
    workgroups: Math.ceil(size / lanes),
  });
  return [y];
}

export const elementwiseKernels: Kernels = {
  Gelu: fusedKernel("Gelu", ({ x }, { form }, backend) =>
    perElement(backend, "Gelu", x, { functions: geluCode[form], body: "y[i] = gelu(x[i]);" }),
  ),

  GeluGrad: fusedKernel("GeluGrad", ({ x, dy }, { form }, backend) =>
    perElement(backend, "GeluGrad", x, {
      others: [reads("dy", dy)],
      functions: geluCode[form],
      body: "y[i] = dy[i] * slope(x[i]);",
    }),
  ),

  EluPlusOne: fusedKernel("EluPlusOne", ({ x }, _attrs, backend) =>
    perElement(backend, "EluPlusOne", x, { functions: "", body: "y[i] = max(x[i], 0.0) + exp(min(x[i], 0.0));" }),
  ),

  EluPlusOneGrad: fusedKernel("EluPlusOneGrad", ({ y: features, dy }, _attrs, backend) =>
    perElement(backend, "EluPlusOneGrad", features, {
      others: [reads("dy", dy)],
      functions: "",
      body: "y[i] = dy[i] * min(x[i], 1.0);",
    }),
  ),

  CounterDropout: fusedKernel("CounterDropout", ({ x }, { rate, key, counter }, backend) =>
    perElement(backend, "CounterDropout", x, {
      uniforms: {
        threshold: ["u32", Math.ceil(rate * 2 ** 32)],
        kept: ["f32", 1 / (1 - rate)],
        key0: ["u32", key[0]],
        key1: ["u32", key[1]],
        counter2: ["u32", counter[0]],
        counter3: ["u32", counter[1]],
      },
      functions: philox,
      body: `let words = philox(vec4<u32>(u32(i / 4), 0u, u.counter2, u.counter3), vec2<u32>(u.key0, u.key1));
  y[i] = select(0.0, x[i] * u.kept, words[i % 4] >= u.threshold);`,
    }),
  ),
};
