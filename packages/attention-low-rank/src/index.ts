export { linformer, type LinformerOptions } from "./linformer.ts";
export { type SharedProjection, sharedProjection } from "./shared-projection.ts";
