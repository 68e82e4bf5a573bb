import { env, findBackend, registerBackend, removeBackend } from "@tensorflow/tfjs-core";
import { type AdapterReport, describe, findAdapter, requestDevice } from "./adapter.ts";
import { arithmeticFor, describeArithmetic, type Precision, setArithmetic } from "./precision.ts";
import { registerKernels } from "./register-kernels.ts";
import { CheckedWebGPUBackend } from "./webgpu-backend.ts";

/** Its name in TensorFlow.js. */
export const backendName = "webgpu";

export interface StartOptions {
  /** float16 rounds the operands of attention's products where the adapter has `shader-f16`. Default: float32. */
  readonly precision?: Precision;
}

/** The adapter, and how attention is computed on it. */
export interface StartedWebGPU extends AdapterReport {
  readonly precision: Precision;
  /** The precision, and the matrices that a float16 product is made of where the adapter multiplies whole ones. */
  readonly arithmetic: string;
}

/**
 * Registers TensorFlow.js's WebGPU backend, with our kernels, on the machine's adapter; `setBackend("webgpu")` then makes it current. Called
 * again, it sets the precision of the backend that is there. Throws an Error whose sentence says what is missing and what to do.
 */
export async function startWebGPU({ precision = "float32" }: StartOptions = {}): Promise<StartedWebGPU> {
  const adapter = await findAdapter();
  const arithmetic = arithmeticFor(adapter, precision);
  const { device, adapter: report } = runningBackend() ?? (await newBackend(adapter));
  setArithmetic(device, arithmetic);
  return { ...report, precision, arithmetic: describeArithmetic(arithmetic) };
}

function runningBackend(): CheckedWebGPUBackend | undefined {
  const running = findBackend(backendName);
  return running instanceof CheckedWebGPUBackend ? running : undefined;
}

async function newBackend(adapter: GPUAdapter): Promise<CheckedWebGPUBackend> {
  const device = await requestDevice(adapter);
  // In a browser the stock backend has registered itself.
  if (findBackend(backendName) !== null) removeBackend(backendName);
  const started = new CheckedWebGPUBackend(device, adapter, describe(adapter));
  registerBackend(backendName, () => started, 3);
  registerKernels(backendName);
  // Small operations on fresh tensors would be computed by the cpu backend, which gives other roundings and needs it registered.
  env().set("WEBGPU_CPU_FORWARD", false);
  return started;
}

/** Destroys the device and unregisters the backend: its tensors are gone. */
export function stopWebGPU(): void {
  const running = runningBackend();
  if (running === undefined) return;
  const { device } = running;
  removeBackend(backendName);
  device.destroy();
}
