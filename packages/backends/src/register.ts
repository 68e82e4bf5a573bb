import type { Engine } from "@attention-lab/kernels";
// The union package registers what tfjs-core alone lacks in Node: every gradient and the stock cpu kernels.
import "@tensorflow/tfjs";
import {
  findBackend,
  getKernelsForBackend,
  type KernelFunc,
  registerBackend,
  registerKernel,
  removeBackend,
} from "@tensorflow/tfjs-core";
import { EngineBackend } from "./engine-backend.ts";
import { type Kernel, kernelFunction } from "./kernel.ts";
import { engineKernels } from "./kernels/all.ts";

export type EngineBackendName = `attn-${Engine["name"]}`;

const withKernels = new Set<string>();

/**
 * Registers an engine as the TensorFlow.js backend `attn-<engine>`. A backend of that name which stands on another engine
 * (another thread count) is replaced, which is refused while tensors live on it.
 */
export function registerEngine(engine: Engine): EngineBackend {
  const name: EngineBackendName = `attn-${engine.name}`;
  const current = findBackend(name);
  if (current instanceof EngineBackend) {
    if (current.engine === engine) return current;
    const live = current.numDataIds();
    if (live > 0)
      throw new Error(`backend ${engine.name}: its tensors must be disposed before threads change, got ${live} live`);
    removeBackend(name);
  }
  const backend = new EngineBackend(engine);
  registerBackend(name, () => backend);
  registerKernels(name);
  return backend;
}

/** Every stock cpu kernel under the new name, with the engine's kernel in front where there is one. */
function registerKernels(backendName: EngineBackendName): void {
  if (withKernels.has(backendName)) return;
  withKernels.add(backendName);
  const names = new Map<string, KernelFunc | undefined>(Object.keys(engineKernels).map((name) => [name, undefined]));
  for (const { kernelName, kernelFunc } of getKernelsForBackend("cpu")) names.set(kernelName, kernelFunc);
  for (const [kernelName, stock] of names) {
    const own: Kernel | undefined = engineKernels[kernelName];
    registerKernel({ kernelName, backendName, kernelFunc: kernelFunction(kernelName, own, stock) });
  }
}
