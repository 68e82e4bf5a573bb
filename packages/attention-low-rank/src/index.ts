export { linformer, type LinformerOptions } from "./linformer.ts";
export { nystromformer, type NystromformerOptions } from "./nystromformer.ts";
export type { Initialisation } from "./pseudo-inverse.ts";
export { type SharedProjection, sharedProjection } from "./shared-projection.ts";
