export { biasTable } from "./bias-table.ts";
export {
  type Ask,
  type Attention,
  type Call,
  type Cost,
  type Feature,
  features,
  type Lengths,
  type Mechanism,
  type RelativeTable,
  type ScoreBias,
  type Site,
  type StepState,
  type Stepwise,
  type Support,
  supportsEverything,
  type Variant,
} from "./contract.ts";
export { defineAttention, type Definition } from "./define.ts";
export { type FeatureContext, featureMapCost, featureMapMechanism, type FeatureMapOptions } from "./feature-map.ts";
export { featureMapSupports } from "./feature-map-supports.ts";
export { mergeHeads, splitHeads } from "./heads.ts";
export { identity } from "./identity.ts";
export { MultiHeadAttention } from "./multi-head-attention.ts";
export type {
  MultiHeadAttentionCall,
  MultiHeadAttentionOptions,
  PositionFor,
  ProjectedMemory,
  Where,
} from "./multi-head-options.ts";
export { keyValueCache, type CacheOptions } from "./key-value-cache.ts";
export { parseOptions, positiveCount } from "./parse-options.ts";
export {
  patternCall,
  patternCost,
  type PatternCostOptions,
  patternMechanism,
  type PatternMechanismOptions,
} from "./pattern-mechanism.ts";
export { wholeCount, type WindowOptions, windowPattern, windowReach, windowShape } from "./window-options.ts";
export type { BiasPosition, Position, RelativePosition, UnscoredPosition } from "./position.ts";
export { relativeTerms } from "./relative-terms.ts";
export { accept, refusal, refuse } from "./refuse.ts";
