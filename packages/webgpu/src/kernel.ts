import type { KernelAttributes, KernelInputs, KernelName } from "@attention-lab/ops";
import type { KernelFunc, TensorInfo } from "@tensorflow/tfjs-core";
import { withFloats } from "./float-inputs.ts";
import type { CheckedWebGPUBackend } from "./webgpu-backend.ts";

export type Kernels = Partial<Readonly<Record<KernelName, KernelFunc>>>;

/** Types a fused kernel by the table which ops and backends share; TensorFlow.js hands inputs and attributes over as untyped records. */
export function fusedKernel<K extends KernelName>(
  _name: K,
  body: (inputs: KernelInputs<K>, attrs: KernelAttributes<K>, backend: CheckedWebGPUBackend) => TensorInfo[],
): KernelFunc {
  return ({ inputs, attrs, backend }) => {
    const own = backend as CheckedWebGPUBackend;
    return withFloats(own, inputs as unknown as KernelInputs<K>, (floats) =>
      body(floats, (attrs ?? {}) as unknown as KernelAttributes<K>, own),
    );
  };
}

/** The length of an axis. */
export function at({ shape }: TensorInfo, axis: number): number {
  return shape.at(axis) ?? 1;
}

/** The number of elements. */
export function sizeOf({ shape }: TensorInfo): number {
  return shape.reduce((product, length) => product * length, 1);
}
