import { type KernelFunc, registerKernel, type TensorInfo, unregisterKernel, getKernel } from "@tensorflow/tfjs-core";
import type { CheckedWebGPUBackend } from "./webgpu-backend.ts";

/** Tensors that are added in one go: with the output, one less than every adapter binds at once. */
const most = 6;

/**
 * TensorFlow.js's own sum of many tensors (AddN) binds all of them at once, and fails where they are more than the adapter binds: a model's
 * gradients are. This one adds them a few at a time.
 */
export function repairSumOfMany(backendName: string): void {
  const stock = getKernel("AddN", backendName)?.kernelFunc;
  if (stock === undefined) return;
  unregisterKernel("AddN", backendName);
  registerKernel({ kernelName: "AddN", backendName, kernelFunc: inGroups(stock) });
}

function inGroups(stock: KernelFunc): KernelFunc {
  return ({ inputs, backend, attrs }) => {
    const add = (some: readonly TensorInfo[]): TensorInfo =>
      stock({ inputs: some as unknown as typeof inputs, backend, attrs: attrs ?? {} }) as TensorInfo;
    const [first, ...others] = inputs as unknown as readonly TensorInfo[];
    let sum = add([first, ...others.slice(0, most - 1)].filter((x) => x !== undefined));
    for (let at = most - 1; at < others.length; at += most - 1) {
      const next = add([sum, ...others.slice(at, at + most - 1)]);
      (backend as CheckedWebGPUBackend).disposeData(sum.dataId);
      sum = next;
    }
    return sum;
  };
}
