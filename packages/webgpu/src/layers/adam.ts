import { engine, type TensorInfo, type Variable } from "@tensorflow/tfjs-core";
import type { KernelAttributes } from "@attention-lab/ops";
import { fusedKernel, type Kernels, sizeOf } from "../kernel.ts";
import { entry, reads, writes } from "../program.ts";
import { output, runProgram } from "../run-program.ts";
import type { CheckedWebGPUBackend } from "../webgpu-backend.ts";

const lanes = 256;

const code = entry(
  lanes,
  `let i = index * ${lanes} + lid;
  if (i >= u.size) { return; }
  let g = gradient[i];
  let first = u.beta1 * m[i] + u.rest1 * g;
  let second = u.beta2 * v[i] + u.rest2 * g * g;
  m[i] = first;
  v[i] = second;
  w[i] = w[i] * u.shrink - u.learningRate * (first / u.correction1) / (sqrt(second / u.correction2) + u.epsilon);`,
);

export const adamKernels: Kernels = {
  AdamUpdate: fusedKernel("AdamUpdate", ({ variable, gradient, m, v }, { decay, ...options }, backend) => {
    variable.forEach((weights, i) => {
      const [g, first, second] = [gradient[i], m[i], v[i]];
      if (g === undefined || first === undefined || second === undefined) {
        throw new RangeError(
          `AdamUpdate: every list must have one entry per parameter, got ${gradient.length} gradients`,
        );
      }
      update(backend, [weights, first, second], g, {
        ...options,
        weightDecay: decay[i] === true ? options.weightDecay : 0,
      });
    });
    return [];
  }),
};

function update(
  backend: CheckedWebGPUBackend,
  variables: readonly [Variable, Variable, Variable],
  gradient: TensorInfo,
  options: Omit<KernelAttributes<"AdamUpdate">, "decay">,
): void {
  const { step, learningRate, beta1, beta2, epsilon, weightDecay } = options;
  const size = sizeOf(gradient);
  const [w, m, v] = variables.map((variable) => writable(backend, variable)) as [TensorInfo, TensorInfo, TensorInfo];
  runProgram(backend, {
    name: "AdamUpdate",
    bindings: [writes("w", w), writes("m", m), writes("v", v), reads("gradient", gradient)],
    uniforms: {
      size: ["i32", size],
      learningRate: ["f32", learningRate],
      beta1: ["f32", beta1],
      rest1: ["f32", 1 - beta1],
      beta2: ["f32", beta2],
      rest2: ["f32", 1 - beta2],
      epsilon: ["f32", epsilon],
      correction1: ["f32", 1 - beta1 ** step],
      correction2: ["f32", 1 - beta2 ** step],
      shrink: ["f32", 1 - learningRate * weightDecay],
    },
    code,
    workgroups: Math.ceil(size / lanes),
  });
  [w, m, v].forEach((written, i) => commit(backend, variables[i], written));
}

/** The variable's own data where nothing else shows it, a copy elsewhere. */
function writable(backend: CheckedWebGPUBackend, variable: Variable): TensorInfo {
  if (backend.refCount(variable.dataId) === 1) return variable;
  const copy = output(backend, variable.shape);
  runProgram(backend, {
    name: "AdamUpdateCopy",
    bindings: [writes("target_", copy), reads("source", variable)],
    uniforms: { size: ["i32", sizeOf(variable)] },
    code: entry(lanes, `let i = index * ${lanes} + lid;\n  if (i < u.size) { target_[i] = source[i]; }`),
    workgroups: Math.ceil(sizeOf(variable) / lanes),
  });
  return copy;
}

function commit(backend: CheckedWebGPUBackend, variable: Variable | undefined, written: TensorInfo): void {
  // What a reader was given before is no longer what the card holds.
  backend.forgetRead(written);
  if (variable === undefined || variable.dataId === written.dataId) return;
  // The scope of `adamUpdate` frees the tensor itself.
  variable.assign(engine().makeTensorFromTensorInfo(written));
}
