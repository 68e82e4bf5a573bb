export { chunkwiseRetention, type ChunkwiseOptions } from "./chunkwise.ts";
export { parallelRetention, retentionWeights } from "./parallel.ts";
export { recurrentRetention, recurrentStep } from "./recurrent.ts";
export { retention, type RetentionVariantOptions } from "./retention.ts";
export { retNetGammas, type RetentionOptions, type RetentionTensors, type Sees } from "./retention-call.ts";
