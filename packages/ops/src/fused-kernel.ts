/** Finding and running the kernels of `KernelTable` on whatever backend is current. */
import {
  engine,
  getBackend,
  getKernel,
  type NamedAttrMap,
  type NamedTensorMap,
  type Tensor,
} from "@tensorflow/tfjs-core";
import type { KernelAttributes, KernelInputs, KernelName } from "./kernel-names.ts";

/** Whether the current backend has the kernel; without it an op takes its composition. */
export function hasKernel(name: KernelName): boolean {
  return getKernel(name, getBackend()) != null;
}

/**
 * Runs a kernel and returns its outputs in the order of `KernelTable`. Called inside `withGradient`, where the tape is off: a registered
 * gradient of a kernel with several outputs would receive zero-filled arrays for the unused ones.
 */
export function runFused<K extends KernelName>(name: K, inputs: KernelInputs<K>, attrs: KernelAttributes<K>): Tensor[] {
  // TensorFlow.js types kernel inputs as a map of tensors; lists (AdamUpdate) pass through it untouched, as Concat's do.
  const result = engine().runKernel<Tensor | Tensor[]>(
    name,
    inputs as unknown as NamedTensorMap,
    attrs as unknown as NamedAttrMap,
  );
  return Array.isArray(result) ? result : [result];
}
