import { parseExperiment, type Experiment, type PlanBackend } from "../src/index.ts";

export const cpuBackend: PlanBackend = { backend: "cpu", engine: "none", threads: 1 };

/** Flags that let a measuring process run from source, whatever runs the tests. */
export const fromSource = ["--conditions=@attention-lab/source", "--import", "tsx"];

export function smallExperiment(change: Record<string, unknown> = {}): Experiment {
  return parseExperiment({
    name: "small",
    question: "?",
    baseline: "full",
    variants: [{ name: "full" }, { name: "linformer", rank: 4, sharing: "none" }, { name: "identity" }],
    lengths: [8, 16],
    phases: ["forward", "step"],
    heads: 2,
    headDim: 4,
    repeats: 2,
    ...change,
  });
}
