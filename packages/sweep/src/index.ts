export {
  defineExperiment,
  experimentSchema,
  parseExperiment,
  type Experiment,
  type ExperimentSpec,
} from "./experiment.ts";
export { withOutsideVariants } from "./any-variant.ts";
export { importModule } from "./import-module.ts";
export { isOutside } from "./outside-name.ts";
export { loadOutside, type OutsideVariant } from "./outside-variant.ts";
export { readWord } from "./read-word.ts";
export { experimentRecord } from "./experiment-record.ts";
export { Timer, weigh } from "./measure.ts";
export type { Failed } from "./messages.ts";
export { applyOverrides, overrideKeys } from "./overrides.ts";
export { plan, type Plan, type PlanBackend, type PlannedTrial } from "./plan.ts";
export { trialLabel, type Progress } from "./progress.ts";
export { run, type RunOptions, type Summary } from "./run.ts";
export { attemptTrial, type AttemptOptions, type AttemptOutcome } from "./attempt-trial.ts";
export { findProgram, type FoundProgram, type Programs } from "./find-program.ts";
export type { Launcher, StudyWork } from "./launcher.ts";
export { Lives } from "./lives.ts";
export { localLauncher } from "./local-launcher.ts";
export { type Place, type PlaceOptions, places } from "./places.ts";
export { defineProgram, type Program, type ProgramContext } from "./program.ts";
export { runStudy, type RunStudyOptions } from "./run-study.ts";
export { asha, grid, random, type Sampler } from "./sampler.ts";
export { defineStudy, isStudySpec, parseStudy, type Study, studySchema, type StudySpec } from "./study.ts";
export { applyStudyOverrides } from "./study-overrides.ts";
export { planStudy, type StudyPlan, studyStart } from "./study-plan.ts";
export type { StudyProgress } from "./study-queue.ts";
export type { EnvironmentStart } from "./trial-messages.ts";
export { serveTrial } from "./trial-process.ts";
