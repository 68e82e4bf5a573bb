import { machineFingerprint, type ExperimentRecord } from "@attention-lab/results/store";
import type { Plan } from "./plan.ts";

/** What a results folder is begun with: the plan's trials and skipped combinations, and the class of this machine. */
export function experimentRecord({ experiment, trials, skipped }: Plan, commit: string | null): ExperimentRecord {
  return {
    schema: 1,
    name: experiment.name,
    question: experiment.question,
    baseline: experiment.baseline,
    machine: machineFingerprint(),
    commit,
    trials: trials.map(({ id }) => id),
    skipped: [...skipped],
    at: new Date().toISOString(),
  };
}
