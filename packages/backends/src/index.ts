export { type BackendDescription, describeBackends } from "./describe-backends.ts";
export { EngineBackend } from "./engine-backend.ts";
export { type EngineSpeed, measureEngines } from "./measure-engines.ts";
export {
  type InstalledTensorflow,
  installTensorflow,
  type InstallTensorflowOptions,
} from "./install/install-tensorflow.ts";
export { gpuClock, type GpuClock } from "./gpu-clock.ts";
export { type PeakBytes, peakBytes } from "./peak-bytes.ts";
export { type EngineBackendName, registerEngine } from "./register.ts";
export {
  type BackendName,
  backendNames,
  type BackendReport,
  precisions,
  type Rejected,
  type StartableName,
} from "./report.ts";
export { useBackend, type UseBackendOptions } from "./use-backend.ts";
