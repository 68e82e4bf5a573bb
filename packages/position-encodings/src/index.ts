export { learned, type LearnedOptions } from "./learned.ts";
export {
  definePosition,
  type PositionDefinition,
  type PositionEncoding,
  type PositionSite,
  type PositionVariant,
} from "./position-variant.ts";
export { rope, type RopeOptions, type RopePairing } from "./rope.ts";
export { sinusoidal, type SinusoidalLayout, type SinusoidalOptions, sinusoidalTable } from "./sinusoidal.ts";
