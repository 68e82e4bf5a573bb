export { Dropout, type DropoutOptions } from "./dropout.ts";
export { Embedding, type EmbeddingOptions } from "./embedding.ts";
export { FeedForward, type FeedForwardOptions } from "./feed-forward.ts";
export { Layer, type Phase } from "./layer.ts";
export { type Activation, Linear, type LinearOptions } from "./linear.ts";
export { LayerNorm, type NormOptions, RMSNorm } from "./norms.ts";
export { named, parameter, type Parameters } from "./parameters.ts";
