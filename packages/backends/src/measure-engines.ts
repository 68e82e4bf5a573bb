import { describeEngines, loadEngine, measureMachinePeak, measurePeak } from "@attention-lab/kernels";

/** How fast an engine of this machine multiplies. */
export interface EngineSpeed {
  readonly name: "native" | "wasm";
  readonly instructionSet: string;
  readonly threads: number;
  /** Reached in a matrix product. */
  readonly gflops: number;
  /**
   * Reached by multiply-adds that never leave the registers: the machine's peak with these instructions and threads. Absent for
   * WebAssembly, which has no fused multiply-add to measure.
   */
  readonly peakGflops?: number;
}

/** Measures every engine that runs here, half a second each. */
export async function measureEngines(): Promise<EngineSpeed[]> {
  const speeds: EngineSpeed[] = [];
  for (const { name, available } of await describeEngines()) {
    if (!available) continue;
    const engine = await loadEngine(name);
    const { instructionSet, threads } = engine;
    speeds.push({
      name,
      instructionSet,
      threads,
      gflops: measurePeak(engine),
      ...(name === "native" && { peakGflops: measureMachinePeak(engine) }),
    });
  }
  return speeds;
}
