import { engineCandidate } from "./engine-candidate.ts";
import type { Candidate, StartableName } from "./report.ts";
import { cpuCandidate, stockWasmCandidate } from "./stock-candidates.ts";
import { tensorflowCandidate } from "./tensorflow-candidate.ts";
import { webgpuCandidate } from "./webgpu-candidate.ts";

export const candidates: Readonly<Record<StartableName, Candidate>> = {
  native: engineCandidate("native"),
  wasm: engineCandidate("wasm"),
  tensorflow: tensorflowCandidate,
  webgpu: webgpuCandidate,
  "stock-wasm": stockWasmCandidate,
  cpu: cpuCandidate,
};

/** What `auto` tries, best first. */
export const automaticOrder: readonly StartableName[] = ["native", "wasm", "cpu"];
