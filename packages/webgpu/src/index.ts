export { type AdapterReport, describeAdapter } from "./adapter.ts";
export type { Precision } from "./precision.ts";
export { startWebGPU, stopWebGPU, type StartedWebGPU, type StartOptions } from "./start.ts";
export { CheckedWebGPUBackend } from "./webgpu-backend.ts";
