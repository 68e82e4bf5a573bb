export {
  attentionFromConfig,
  attentions,
  attentionVariant,
  readAttention,
  readVariant,
  variantsByName,
  type AttentionConfig,
  type AttentionName,
  type AttentionOptions,
  type ReadAttention,
} from "./catalog.ts";
export { exampleOptions } from "./example-options.ts";
export { modelFromConfig, type ReadModel } from "./model-from-config.ts";
export { modelTable, type ModelRow } from "./model-table.ts";
export { positionTable, type PositionRow } from "./position-table.ts";
export { positionFromConfig } from "./position-from-config.ts";
export { lookup, unknownName } from "./lookup.ts";
export { strategyTable, type StrategyRow } from "./strategy-table.ts";
export { taskFromConfig, tasksByName, taskTable, type TaskRow } from "./task-table.ts";
export { supportTable, type SupportRow } from "./support-table.ts";
export * as positions from "./positions.ts";
export * as strategies from "./strategies.ts";
export * as tasks from "./tasks.ts";
