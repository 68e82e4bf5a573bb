import { backend, memory } from "@tensorflow/tfjs-core";
import type { EngineBackend } from "./engine-backend.ts";

/** Counts live bytes of tensors on the backend that is current when `reset` is called. */
export interface PeakBytes {
  /** Starts a measurement: the bytes live now become level 0. */
  reset(): void;
  /**
   * Peak of live bytes since `reset`, above that level. Our backends count every data entry when it is made and when it is disposed,
   * also inside kernels, and their scratch; not counted are buffers that wait in the pool and what one engine call keeps for itself,
   * which is linear in the length. Other backends are only polled: the answer is what `memory().numBytes` shows at this moment, a lower bound.
   */
  read(): number;
}

/** A meter of peak memory; `reset` before the work, `read` after it. */
export function peakBytes(): PeakBytes {
  let polledBase = 0;
  const meter = (): Pick<EngineBackend["meter"], "reset" | "peakAboveReset"> | undefined => {
    const current = backend();
    // By its meter and not by its class: the WebGPU backend has one too, and is loaded only where it is asked for.
    return "meter" in current ? (current as EngineBackend).meter : undefined;
  };
  return {
    reset() {
      meter()?.reset();
      polledBase = memory().numBytes;
    },
    read: () => meter()?.peakAboveReset ?? Math.max(0, memory().numBytes - polledBase),
  };
}
