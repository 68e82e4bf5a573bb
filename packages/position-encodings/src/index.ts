export { alibi, type AlibiForm, type AlibiOptions, alibiSlopes } from "./alibi.ts";
export { index, type IndexOptions, type IndexUnit } from "./integer-index.ts";
export { learned, type LearnedOptions } from "./learned.ts";
export {
  definePosition,
  type PositionDefinition,
  type PositionEncoding,
  type PositionSite,
  type PositionVariant,
} from "./position-variant.ts";
export { rope, type RopeOptions, type RopePairing } from "./rope.ts";
export { type RopeScaling, type YarnRamp, type YarnScaling } from "./rope-scaling.ts";
export { shaw, type ShawOptions, type ShawSides, type ShawValues } from "./shaw.ts";
export { sinusoidal, type SinusoidalLayout, type SinusoidalOptions, sinusoidalTable } from "./sinusoidal.ts";
export { t5, type T5Options } from "./t5.ts";
export { t5Bucket, type T5Buckets, type T5Direction } from "./t5-bucket.ts";
