export { Adam, adamDefaults, type AdamOptions } from "./adam.ts";
export { type CheckpointInfo, readCheckpoint, writeCheckpoint } from "./checkpoint.ts";
export { clipByGlobalNorm, globalNorm } from "./clip.ts";
export {
  noam,
  type Schedule,
  warmupConstant,
  warmupCosine,
  warmupInverseSqrt,
  type WarmupOptions,
  warmupLinear,
} from "./schedule.ts";
export { type Evaluation, type StepReport, type TrainableModel, Trainer, type TrainerOptions } from "./trainer.ts";
