/**
 * The contract between this package and a backend: for every fused kernel its registry name, its inputs, its attributes and its
 * outputs. An op looks the kernel up when it is called (`getKernel(name, getBackend())`) and takes its composition when there is
 * none, so a backend may register any subset. Optional inputs and attributes are absent keys, never `undefined` values.
 */
import type { TensorInfo, Variable } from "@tensorflow/tfjs-core";
import type {
  PatternAttentionAttributes,
  PatternAttentionGradInputs,
  PatternAttentionInputs,
} from "./attention-kernels.ts";

export type Activation = "geluErf" | "geluTanh" | "relu";
export type GeluForm = "erf" | "tanh";

export interface FeatureAttentionAttributes {
  readonly causal: boolean;
  readonly epsilon: number;
}
export interface FeatureAttentionInputs {
  readonly qf: TensorInfo; // [B,H,N,F]
  readonly kf: TensorInfo; // [B,KH,M,F]
  readonly v: TensorInfo; // [B,KH,M,Dv]
}
export interface FeatureAttentionGradInputs extends FeatureAttentionInputs {
  readonly out: TensorInfo; // [B,H,N,Dv]
  readonly denominator: TensorInfo; // [B,H,N]
  readonly dOut: TensorInfo; // [B,H,N,Dv]
}

/** "row" and "sequence" are maxima of a row and over the real rows of a head's sequence; a number is subtracted as it is. */
export type FeatureBound = "row" | "sequence" | number;

export interface RandomFeaturesAttributes {
  readonly map: "positive" | "trigonometric" | "relu";
  /** Both sides of phi(q).phi(k) are multiplied by its root. */
  readonly scale: number;
  readonly bound: FeatureBound;
  readonly epsilon: number;
}
export interface RandomFeaturesInputs {
  readonly x: TensorInfo; // [B,H,L,D]
  readonly projection: TensorInfo; // [F,D]
  readonly keyPadding?: TensorInfo; // [B,L] float32, 1 = a real row
}
export interface RandomFeaturesGradInputs extends RandomFeaturesInputs {
  readonly y: TensorInfo; // [B,H,L,F], trigonometric [B,H,L,2F]
  readonly dy: TensorInfo; // the same
}

export interface EluPlusOneInputs {
  readonly x: TensorInfo;
}
export interface EluPlusOneGradInputs {
  readonly y: TensorInfo;
  readonly dy: TensorInfo;
}

/** An activation and a residual never come together: the op adds the residual itself in that case. */
export interface FusedLinearAttributes {
  readonly activation?: Activation;
}
export interface FusedLinearInputs {
  readonly x: TensorInfo; // [...,I]
  readonly w: TensorInfo; // [I,O]
  readonly b?: TensorInfo; // [O]
  readonly residual?: TensorInfo; // [...,O]
}
export interface FusedLinearGradAttributes extends FusedLinearAttributes {
  /** Whether db is wanted. */
  readonly hasBias: boolean;
}
export interface FusedLinearGradInputs {
  readonly x: TensorInfo; // [...,I]
  readonly w: TensorInfo; // [I,O]
  readonly pre?: TensorInfo; // [...,O], the activation's input; present exactly when there is an activation
  readonly dy: TensorInfo; // [...,O]
}

export interface FusedLayerNormAttributes {
  readonly epsilon: number;
}
export interface FusedLayerNormInputs {
  readonly x: TensorInfo; // [...,C]
  readonly gamma: TensorInfo; // [C]
  readonly beta: TensorInfo; // [C]
}
export interface FusedLayerNormGradInputs {
  readonly x: TensorInfo; // [...,C]
  readonly gamma: TensorInfo; // [C]
  readonly statistics: TensorInfo; // [rows,2]: mean, 1 / standard deviation
  readonly dy: TensorInfo; // [...,C]
}

export interface GeluAttributes {
  readonly form: GeluForm;
}
export interface GeluInputs {
  readonly x: TensorInfo;
}
export interface GeluGradInputs {
  readonly x: TensorInfo;
  readonly dy: TensorInfo;
}

export interface SoftmaxCrossEntropyInputs {
  readonly logits: TensorInfo; // [R,V]
  readonly labels: TensorInfo; // [R] int32, negative = ignored
}
export interface SoftmaxCrossEntropyGradInputs extends SoftmaxCrossEntropyInputs {
  readonly logSumExp: TensorInfo; // [R]
  readonly dLoss: TensorInfo; // []
}

export interface CounterDropoutAttributes {
  readonly rate: number;
  /** Words 0 and 1 of the Philox key. */
  readonly key: readonly [number, number];
  /** Words 2 and 3 of the Philox counter; words 0 and 1 are floor(i / 4) and 0 of element i. */
  readonly counter: readonly [number, number];
}
export interface CounterDropoutInputs {
  readonly x: TensorInfo;
}

export interface AdamUpdateAttributes {
  /** From 1. */
  readonly step: number;
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** One flag per parameter: whether weightDecay applies to it. */
  readonly decay: readonly boolean[];
}
/**
 * Parallel lists. The variables arrive as the very objects, so that a backend may write in place where the variable alone owns its
 * data and `assign` a fresh tensor where it is shared.
 */
export interface AdamUpdateInputs {
  readonly variable: readonly Variable[];
  readonly gradient: readonly TensorInfo[];
  readonly m: readonly Variable[];
  readonly v: readonly Variable[];
}

type None = Readonly<Record<never, never>>;

/** Name -> inputs, attributes and outputs of every kernel. */
export interface KernelTable {
  /** -> [out, logSumExp] and, when asked for, offsetSums. A query that sees no key: out 0, and zero gradients. */
  PatternAttention: {
    inputs: PatternAttentionInputs;
    attrs: PatternAttentionAttributes;
    outputs: [out: TensorInfo, logSumExp: TensorInfo, offsetSums?: TensorInfo];
  };
  /** -> [dq, dk, dv], dBias when bias is given, and dOffsetScores when offsetScores are. */
  PatternAttentionGrad: {
    inputs: PatternAttentionGradInputs;
    attrs: PatternAttentionAttributes;
    outputs: [dq: TensorInfo, dk: TensorInfo, dv: TensorInfo, ...dBiasAndOffsetScores: TensorInfo[]];
  };
  FeatureAttention: {
    inputs: FeatureAttentionInputs;
    attrs: FeatureAttentionAttributes;
    outputs: [out: TensorInfo, denominator: TensorInfo];
  };
  FeatureAttentionGrad: {
    inputs: FeatureAttentionGradInputs;
    attrs: FeatureAttentionAttributes;
    outputs: [dqf: TensorInfo, dkf: TensorInfo, dv: TensorInfo];
  };
  RandomFeatures: { inputs: RandomFeaturesInputs; attrs: RandomFeaturesAttributes; outputs: [y: TensorInfo] };
  RandomFeaturesGrad: { inputs: RandomFeaturesGradInputs; attrs: RandomFeaturesAttributes; outputs: [dx: TensorInfo] };
  EluPlusOne: { inputs: EluPlusOneInputs; attrs: None; outputs: [y: TensorInfo] };
  EluPlusOneGrad: { inputs: EluPlusOneGradInputs; attrs: None; outputs: [dx: TensorInfo] };
  /** -> [y], or [y, pre] with an activation. */
  FusedLinear: {
    inputs: FusedLinearInputs;
    attrs: FusedLinearAttributes;
    outputs: [y: TensorInfo, pre?: TensorInfo];
  };
  /** -> [dx, dw], or [dx, dw, db] when hasBias. */
  FusedLinearGrad: {
    inputs: FusedLinearGradInputs;
    attrs: FusedLinearGradAttributes;
    outputs: [dx: TensorInfo, dw: TensorInfo, db?: TensorInfo];
  };
  FusedLayerNorm: {
    inputs: FusedLayerNormInputs;
    attrs: FusedLayerNormAttributes;
    outputs: [y: TensorInfo, statistics: TensorInfo];
  };
  FusedLayerNormGrad: {
    inputs: FusedLayerNormGradInputs;
    attrs: None;
    outputs: [dx: TensorInfo, dGamma: TensorInfo, dBeta: TensorInfo];
  };
  Gelu: { inputs: GeluInputs; attrs: GeluAttributes; outputs: [y: TensorInfo] };
  GeluGrad: { inputs: GeluGradInputs; attrs: GeluAttributes; outputs: [dx: TensorInfo] };
  /** -> [loss (mean over rows with label >= 0; 0 when there is none), logSumExp [R]]. */
  SoftmaxCrossEntropy: {
    inputs: SoftmaxCrossEntropyInputs;
    attrs: None;
    outputs: [loss: TensorInfo, logSumExp: TensorInfo];
  };
  SoftmaxCrossEntropyGrad: { inputs: SoftmaxCrossEntropyGradInputs; attrs: None; outputs: [dLogits: TensorInfo] };
  /** The same call replays the mask: its gradient is the kernel applied to dy. */
  CounterDropout: { inputs: CounterDropoutInputs; attrs: CounterDropoutAttributes; outputs: [y: TensorInfo] };
  /** No outputs: updates variable, m and v. */
  AdamUpdate: { inputs: AdamUpdateInputs; attrs: AdamUpdateAttributes; outputs: [] };
}

export type KernelName = keyof KernelTable;
export type KernelInputs<K extends KernelName> = KernelTable[K]["inputs"];
export type KernelAttributes<K extends KernelName> = KernelTable[K]["attrs"];
export type KernelOutputs<K extends KernelName> = KernelTable[K]["outputs"];

/** Every name of `KernelTable`, for registries and reports. */
export const kernelNames = [
  "PatternAttention",
  "PatternAttentionGrad",
  "FeatureAttention",
  "FeatureAttentionGrad",
  "RandomFeatures",
  "RandomFeaturesGrad",
  "EluPlusOne",
  "EluPlusOneGrad",
  "FusedLinear",
  "FusedLinearGrad",
  "FusedLayerNorm",
  "FusedLayerNormGrad",
  "Gelu",
  "GeluGrad",
  "SoftmaxCrossEntropy",
  "SoftmaxCrossEntropyGrad",
  "CounterDropout",
  "AdamUpdate",
] as const satisfies readonly KernelName[];
