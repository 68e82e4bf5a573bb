export { Adam, adam, adamDefaults, type AdamOptions, adamW } from "./adam.ts";
export {
  type CheckpointInfo,
  type Progress,
  readCheckpointInfo,
  readParameters,
  writeCheckpoint,
} from "./checkpoint.ts";
export { clipByGlobalNorm, globalNorm } from "./clip.ts";
export { describeDifference } from "./difference.ts";
export { type FitOptions, type Fitted, fit } from "./fit.ts";
export { type LabelledData, type LabelledOptions, labelledObjective } from "./labelled-objective.ts";
export { crossEntropy, type LabelSmoothing } from "./loss.ts";
export type { Objective, Scores, TrainingPhase } from "./objective.ts";
export {
  type ClassBatch,
  classification,
  type ClassModel,
  languageModelling,
  type MaskedTokenModel,
  maskedTokens,
  type ObjectiveOptions,
  type PairBatch,
  type PairModel,
  sequenceToSequence,
  type TokenBatch,
  type TokenModel,
} from "./objectives.ts";
export type { MakeOptimizer, Optimizer } from "./optimizer.ts";
export {
  noam,
  type Schedule,
  warmupConstant,
  warmupCosine,
  warmupInverseSqrt,
  type WarmupOptions,
  warmupLinear,
} from "./schedule.ts";
export { Sgd, sgd, type SgdOptions } from "./sgd.ts";
export { type StepReport, Trainer, type TrainerOptions } from "./trainer.ts";
