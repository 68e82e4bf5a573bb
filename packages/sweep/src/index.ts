export { defineExperiment, parseExperiment, type Experiment, type ExperimentSpec } from "./experiment.ts";
export { experimentRecord } from "./experiment-record.ts";
export type { Failed } from "./messages.ts";
export { applyOverrides, overrideKeys } from "./overrides.ts";
export { plan, type Plan, type PlanBackend, type PlannedTrial } from "./plan.ts";
export { trialLabel, type Progress } from "./progress.ts";
export { run, type RunOptions, type Summary } from "./run.ts";
