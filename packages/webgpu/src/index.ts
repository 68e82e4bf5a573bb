export { type AdapterReport, describeAdapter } from "./adapter.ts";
export { startWebGPU, stopWebGPU } from "./start.ts";
export { CheckedWebGPUBackend } from "./webgpu-backend.ts";
