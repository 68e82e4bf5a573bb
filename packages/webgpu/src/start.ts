import { env, findBackend, registerBackend, removeBackend } from "@tensorflow/tfjs-core";
import { type AdapterReport, describe, findAdapter, requestDevice } from "./adapter.ts";
import { registerKernels } from "./register-kernels.ts";
import { CheckedWebGPUBackend } from "./webgpu-backend.ts";

/** Its name in TensorFlow.js. */
export const backendName = "webgpu";

/**
 * Registers TensorFlow.js's WebGPU backend, with our kernels, on the machine's adapter; `setBackend("webgpu")` then makes it current. Called
 * again, it answers for the backend that is there. Throws an Error whose sentence says what is missing and what to do.
 */
export async function startWebGPU(): Promise<AdapterReport> {
  const running = findBackend(backendName);
  if (running instanceof CheckedWebGPUBackend) return running.adapter;
  const adapter = await findAdapter();
  const device = await requestDevice(adapter);
  const report = describe(adapter);
  // In a browser the stock backend has registered itself.
  if (running !== null) removeBackend(backendName);
  const started = new CheckedWebGPUBackend(device, adapter, report);
  registerBackend(backendName, () => started, 3);
  registerKernels(backendName);
  // Small operations on fresh tensors would be computed by the cpu backend, which gives other roundings and needs it registered.
  env().set("WEBGPU_CPU_FORWARD", false);
  return report;
}

/** Destroys the device and unregisters the backend: its tensors are gone. */
export function stopWebGPU(): void {
  const running = findBackend(backendName);
  if (!(running instanceof CheckedWebGPUBackend)) return;
  const { device } = running;
  removeBackend(backendName);
  device.destroy();
}
