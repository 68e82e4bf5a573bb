/** Attention in linear memory on native TensorFlow, which itself knows only the whole score matrix. */
import { describeEngines, type Engine, loadEngine } from "@attention-lab/kernels";
import type { KernelName } from "@attention-lab/ops";
import { getKernel, type KernelFunc, registerKernel, unregisterKernel } from "@tensorflow/tfjs-core";
import { bridgedKernel } from "./engine-bridge.ts";
import { coversTiled, tiledAttention, tiledAttentionGradient } from "./tiled-attention.ts";

const backendName = "tensorflow";

/**
 * Registers the kernels of pattern and feature-map attention on the backend "tensorflow". On the CPU the native engine computes them; on CUDA, or where
 * there is no native engine, TensorFlow's own operations do, query tile by query tile, and an engine on the host only what those don't cover
 * (dropout of weights, terms by offset). Answers where attention runs, for the report.
 */
export async function registerTensorflowAttention(gpu: boolean): Promise<string> {
  const hasNative = (await describeEngines()).some(({ name, available }) => name === "native" && available);
  const engine = await loadEngine(hasNative ? "native" : "wasm");
  const onEngine = !gpu && hasNative;
  register("PatternAttention", engine, onEngine ? undefined : tiledAttention);
  register("PatternAttentionGrad", engine, onEngine ? undefined : tiledAttentionGradient);
  if (onEngine) for (const name of ["FeatureAttention", "FeatureAttentionGrad"] as const) register(name, engine);
  return onEngine ? "on the native kernels" : "tile by tile in TensorFlow's own operations";
}

function register(kernelName: KernelName, engine: Engine, tiled?: KernelFunc): void {
  const bridged = bridgedKernel(kernelName, engine);
  if (getKernel(kernelName, backendName)) unregisterKernel(kernelName, backendName);
  registerKernel({
    kernelName,
    backendName,
    kernelFunc: (call) => (tiled !== undefined && coversTiled(call) ? tiled(call) : bridged(call)),
  });
}
