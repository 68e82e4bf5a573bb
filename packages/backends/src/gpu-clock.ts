import { backend } from "@tensorflow/tfjs-core";

/** Adds up what a graphics card spends computing between `start` and `stop`; waiting, uploading and reading are not part of it. */
export interface GpuClock {
  start(): void;
  /** Seconds, when all work since `start` is done. */
  stop(): Promise<number>;
}

/** The clock of the current backend; undefined on processors, and on adapters that have no timestamps. */
export function gpuClock(): GpuClock | undefined {
  const current = backend();
  return "clock" in current ? (current.clock as GpuClock | undefined) : undefined;
}
