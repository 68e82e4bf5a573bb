export { denseAttention, type DenseAttentionInputs } from "./dense-attention.ts";
export { full, type FullOptions } from "./full.ts";
