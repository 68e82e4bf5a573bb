export { type Draw, projectionDraw, redraw } from "./draw.ts";
export {
  type Bound,
  type FeatureOptions,
  keyBound,
  hyperbolicFeatures,
  positiveFeatures,
  reluFeatures,
  sumToOne,
  trigonometricFeatures,
} from "./features.ts";
export { gaussian, orthogonalGaussian } from "./orthogonal-gaussian.ts";
export { performer, type PerformerOptions } from "./performer.ts";
