import type { AttentionCall, AttentionGradientCall } from "./attention-call.ts";

/**
 * One typed interface over both builds of the C source: the native addon and WebAssembly. No TensorFlow.js here: arguments are
 * Float32Arrays in row-major order. Arrays made by `allocate` are used in place; any other array is copied in and out by engines
 * which cannot reach it (WebAssembly). Every call is synchronous, validates lengths, and is bitwise equal for every thread count.
 */
export interface Engine {
  readonly name: "native" | "wasm";
  /** For example "avx512", "avx2", "neon", "simd128". */
  readonly instructionSet: string;
  readonly threads: number;
  /** Sizes of the tiles that tile lists of this engine count in. */
  readonly tile: { readonly queries: number; readonly keys: number };

  /** A Float32Array the kernels reach without copying; contents undefined. `release` gives it back. */
  allocate(length: number): Float32Array;
  release(array: Float32Array): void;

  attention(call: AttentionCall): void;
  attentionGradient(call: AttentionGradientCall): void;
  featureAttention(call: FeatureAttentionCall): void;
  featureAttentionGradient(call: FeatureAttentionGradientCall): void;
  randomFeatures(call: RandomFeaturesCall): void;
  randomFeaturesGradient(call: RandomFeaturesGradientCall): void;
  gemm(call: GemmCall): void;
  /** Runs `rounds` rounds of multiply-adds in registers on every thread; returns how many multiply-adds that were. */
  spin(rounds: number): number;

  layerNorm(
    rows: number,
    columns: number,
    epsilon: number,
    x: F32,
    gamma: F32,
    beta: F32,
    y: F32,
    statistics: F32,
  ): void;
  layerNormGradient(
    rows: number,
    columns: number,
    x: F32,
    gamma: F32,
    statistics: F32,
    dy: F32,
    dx: F32,
    dGamma: F32,
    dBeta: F32,
  ): void;
  /** labels < 0 are ignored; loss is one number, the mean over counted rows; logSumExp has one per row. */
  crossEntropy(rows: number, classes: number, logits: F32, labels: Int32Array, logSumExp: F32, loss: F32): void;
  crossEntropyGradient(
    rows: number,
    classes: number,
    logits: F32,
    labels: Int32Array,
    logSumExp: F32,
    dLoss: F32,
    dLogits: F32,
  ): void;
  softmax(rows: number, columns: number, x: F32, y: F32): void;
  logSoftmax(rows: number, columns: number, x: F32, y: F32): void;
  gather(rows: number, columns: number, tableRows: number, table: F32, indices: Int32Array, y: F32): void;
  /** y[indices[r]] += x[r], y zeroed first; rows are added in order. */
  scatterAdd(rows: number, columns: number, tableRows: number, x: F32, indices: Int32Array, y: F32): void;
  reduceRows(operation: "sum" | "max", rows: number, columns: number, scale: number, x: F32, y: F32): void;
  reduceColumns(rows: number, columns: number, scale: number, x: F32, y: F32): void;
  unary(operation: UnaryOperation, x: F32, y: F32, parameter?: number): void;
  /** dx = dy * slope. x is the function's input; for "relu" and "eluPlusOne" it is the result. */
  unaryGradient(operation: "geluErf" | "geluTanh" | "relu" | "eluPlusOne", x: F32, dy: F32, dx: F32): void;
  /** a and b broadcast over a [rows, columns] grid: full, one scalar, one row vector or one column vector each. */
  binary(operation: BinaryOperation, rows: number, columns: number, a: Operand, b: Operand, y: F32): void;
  accumulate(x: F32, into: F32): void;
  /**
   * y[yOffset + sum(i * yStride) + r] = x[xOffset + sum(i * stride) + r] for r < run: transposes, slices, splits and concatenations.
   * Elements of y which no index names stay as they are.
   */
  permute(
    counts: Four,
    strides: Four,
    run: number,
    x: F32,
    xOffset: number,
    y: F32,
    yOffset: number,
    yStrides: Four,
  ): void;
  /** Adam (Kingma & Ba 2015) with decoupled decay (Loshchilov & Hutter 2019); `step` counts from 1. */
  adam(step: number, options: AdamOptions, parameters: readonly AdamParameter[]): void;
  /**
   * y = x * mask, the mask 0 with probability `rate` and 1 / (1 - rate) otherwise; the same call replays it. Element i is kept when word
   * i % 4 of philox4x32-10([floor(i / 4), 0, ...counter], key) is at least rate * 2^32.
   */
  dropout(rate: number, key: readonly [number, number], counter: readonly [number, number], x: F32, y: F32): void;
}

export type F32 = Float32Array;
export type Four = readonly [number, number, number, number];
export type UnaryOperation =
  | "relu"
  | "exp"
  | "log"
  | "sqrt"
  | "rsqrt"
  | "square"
  | "negate"
  | "tanh"
  | "sigmoid"
  | "erf"
  | "step"
  | "abs"
  | "geluErf"
  | "geluTanh"
  | "sin"
  | "cos"
  | "reciprocal"
  | "eluPlusOne";
export type BinaryOperation = "add" | "subtract" | "multiply" | "divide" | "maximum" | "minimum" | "squaredDifference";
export interface Operand {
  readonly values: F32;
  readonly broadcast: "full" | "scalar" | "row" | "column";
}

/**
 * out_i = (qf_i . sum_j kf_j (x) v_j) / (qf_i . sum_j kf_j + epsilon), over all j or j <= i + queryOffset (0) when causal.
 * qf [B,H,N,F], kf [B,KH,M,F], v [B,KH,M,Dv]; out [B,H,N,Dv], denominator [B,H,N].
 */
export interface FeatureAttentionCall {
  readonly batch: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly queries: number;
  readonly keys: number;
  readonly features: number;
  readonly valueDim: number;
  readonly causal: boolean;
  readonly epsilon: number;
  readonly qf: F32;
  readonly kf: F32;
  readonly v: F32;
  readonly out: F32;
  readonly denominator: F32;
}
export interface FeatureAttentionGradientCall extends FeatureAttentionCall {
  readonly dOut: F32;
  readonly dqf: F32;
  readonly dkf: F32;
  readonly dv: F32;
}

/**
 * Random features of [B,H,L,D] rows for directions w [F,D], with u = w.x sqrt(scale) and h = |x|^2 scale / 2. positive:
 * (exp(u - h - bound) + epsilon) / sqrt(F); trigonometric: exp(h - bound) [cos u, sin u] / sqrt(F); relu: max(0, u) + epsilon.
 */
export interface RandomFeaturesCall {
  readonly batch: number;
  readonly heads: number;
  readonly length: number;
  readonly width: number;
  readonly directions: number;
  readonly map: "positive" | "trigonometric" | "relu";
  readonly scale: number;
  /** Largest u of the row or of the sequence's real rows, or a constant; trigonometric: of h. relu has none. */
  readonly bound: "row" | "sequence" | number;
  readonly epsilon: number;
  readonly x: F32;
  readonly w: F32;
  /** [B,L] 0 or 1: 0 takes no part in the sequence's bound. */
  readonly padding?: F32;
  /** [B,H,L,F], trigonometric [B,H,L,2F]. */
  readonly y: F32;
}
export interface RandomFeaturesGradientCall extends RandomFeaturesCall {
  readonly dy: F32;
  readonly dx: F32;
}

/** C[b] = (accumulate ? C[b] : 0) + op(A[b]) op(B[b]) (+ bias[N]) (+ residual); with an activation, pre receives its input. */
export interface GemmCall {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  readonly batch?: number;
  readonly sharedA?: boolean;
  readonly sharedB?: boolean;
  readonly accumulate?: boolean;
  readonly a: F32;
  readonly b: F32;
  readonly c: F32;
  readonly bias?: F32;
  readonly residual?: F32;
  readonly activation?: "geluErf" | "geluTanh" | "relu";
  readonly pre?: F32;
}

export interface AdamOptions {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
}
/** value, m and v are updated in place; `decay` says whether options.weightDecay applies. */
export interface AdamParameter {
  readonly value: F32;
  readonly gradient: F32;
  readonly m: F32;
  readonly v: F32;
  readonly decay: boolean;
}
