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
export { calibrate } from "./calibrate.ts";
export { decideTrial, type DecideOptions } from "./decide-trial.ts";
export { expectedPromotions, type ExpectedRung } from "./expected-promotions.ts";
export { findProgram, type FoundProgram, type Programs } from "./find-program.ts";
export type { Launcher, StudyWork } from "./launcher.ts";
export { Lives } from "./lives.ts";
export { localLauncher } from "./local-launcher.ts";
export { type Place, type PlaceOptions, places } from "./places.ts";
export { defineProgram, type Program, type ProgramContext } from "./program.ts";
export { runStudy, type RunStudyOptions } from "./run-study.ts";
export { asha, grid, random, type Sampler } from "./sampler.ts";
export { slurmLauncher, type SlurmLauncherOptions } from "./slurm/slurm-launcher.ts";
export { slurmArguments, type SlurmOptions } from "./slurm/slurm-options.ts";
export { ownElement } from "./slurm/submission.ts";
export { requeueAfter, timeUp } from "./slurm/time-limit.ts";
export { defineStudy, isStudySpec, parseStudy, type Study, studySchema, type StudySpec } from "./study.ts";
export { applyStudyOverrides } from "./study-overrides.ts";
export { costOfTrial, planStudy, type StudyPlan, studyStart } from "./study-plan.ts";
export type { StudyProgress } from "./study-queue.ts";
export { measuredCost } from "./measured-cost.ts";
export { type EndedTrial, type RunningTrial, StudyWatch, type StudyView } from "./study-watch.ts";
export { stepCost } from "./step-cost.ts";
export { mostResidentBytes } from "./resident-memory.ts";
export { type Calibration, predictedOf, type Prediction, type TrialCost } from "./trial-cost.ts";
export type { EnvironmentStart } from "./trial-messages.ts";
export { serveTrial } from "./trial-process.ts";
