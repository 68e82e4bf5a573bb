import type { BinaryOperation, UnaryOperation } from "./engine.ts";

/** Every operation of the C source, in the order of `enum Operation` in csrc/host.h. */
export const operations = [
  "attention",
  "attentionGradient",
  "featureAttention",
  "featureAttentionGradient",
  "gemm",
  "layerNorm",
  "layerNormGradient",
  "crossEntropy",
  "crossEntropyGradient",
  "softmax",
  "logSoftmax",
  "gather",
  "scatterAdd",
  "reduceRows",
  "reduceColumns",
  "unary",
  "unaryGradient",
  "binary",
  "accumulate",
  "permute",
  "adam",
  "dropout",
  "randomFeatures",
  "randomFeaturesGradient",
  "peak",
] as const;
export type Operation = (typeof operations)[number];
/** The number that C knows an operation by. */
export const operationNumber = Object.fromEntries(operations.map((name, i) => [name, i])) as Record<Operation, number>;

/** In the order of `enum Unary` in csrc/elementwise.c. */
export const unaryOperations: readonly UnaryOperation[] = [
  "relu",
  "exp",
  "log",
  "sqrt",
  "rsqrt",
  "square",
  "negate",
  "tanh",
  "sigmoid",
  "erf",
  "step",
  "abs",
  "geluErf",
  "geluTanh",
  "sin",
  "cos",
  "reciprocal",
  "eluPlusOne",
];

/** In the order of `enum Slope` in csrc/elementwise.c. */
export const unaryGradients = ["geluErf", "geluTanh", "relu", "eluPlusOne"] as const;

/** In the order of `enum Map` and `enum Bound` in csrc/random-features.c. */
export const featureMaps = ["positive", "trigonometric", "relu"] as const;
export const featureBounds = ["constant", "row", "sequence"] as const;

/** In the order of `enum Binary` in csrc/elementwise.c. */
export const binaryOperations: readonly BinaryOperation[] = [
  "add",
  "subtract",
  "multiply",
  "divide",
  "maximum",
  "minimum",
  "squaredDifference",
];

/** In the order of `enum Broadcast` in csrc/elementwise.c. */
export const broadcasts = ["full", "scalar", "row", "column"] as const;

/** In the order of `enum Activation` in csrc/gemm.c. */
export const activations = [undefined, "geluErf", "geluTanh", "relu"] as const;

export type AnyArray = Float32Array | Int32Array | Uint8Array;

/**
 * One call of a kernel in the only form that both hosts know: whole numbers, real numbers, arrays. `access` has one letter per
 * array, so that a host which must copy knows which way: r read, w written, b both.
 */
export interface Invocation {
  readonly operation: Operation;
  readonly sizes: readonly number[];
  readonly numbers: readonly number[];
  readonly arrays: readonly (AnyArray | undefined)[];
  readonly access: string;
}
