import type { Tensor2D, Tensor3D, Tensor4D, Tensor, Variable } from "@tensorflow/tfjs-core";
import type { Pattern } from "@attention-lab/ops";

/**
 * What a caller may ask of a variant. A variant answers each with `true` or with the sentence that says why not.
 *
 * - `causal`: no output depends on a later position. - `keyPadding`: keys that are padding are ignored, per batch row.
 * - `crossAttention`: queries and keys come from different sequences. - `groupedQuery`: fewer key-value heads than heads.
 * - `scoreBias`: a bias by offset is added to the scores (ALiBi, T5). - `relativeContent`: Shaw's tables.
 * - `dropout`: attention weights are dropped in training. - `anyLength`: sequences may be longer than `maxLength`.
 * - `stepwise`: decodes position by position from a state. - `weights`: can show the attention matrix.
 */
export const features = [
  "causal",
  "keyPadding",
  "crossAttention",
  "groupedQuery",
  "scoreBias",
  "relativeContent",
  "dropout",
  "anyLength",
  "stepwise",
  "weights",
] as const;
export type Feature = (typeof features)[number];
export type Support = Readonly<Record<Feature, true | string>>;
/** For variants that refuse little or nothing: `{ ...supportsEverything, stepwise: "why not" }`. */
export const supportsEverything = {
  causal: true,
  keyPadding: true,
  crossAttention: true,
  groupedQuery: true,
  scoreBias: true,
  relativeContent: true,
  dropout: true,
  anyLength: true,
  stepwise: true,
  weights: true,
} as const satisfies Support;
/** A flag that only exists where the variant supports the feature: asking for another is a type error. */
export type Ask<S extends Support, F extends Feature> = S[F] extends true ? boolean : false;

/** Score bias by offset (ALiBi, T5): a vector per head, never an N x M matrix. */
export interface ScoreBias {
  /** offsets [n], key position minus query position -> [H, n]. */
  at(offsets: Tensor): Tensor2D;
}
/** Shaw's relative tables: a vector for each offset, key position minus query position, clipped to [-clip, clip]. */
export interface RelativeTable {
  readonly clip: number;
  /** Compared with queries, [2 clip + 1, D]. */
  readonly keys: Variable;
  /** Added to values, [2 clip + 1, Dv]; may be the variable of the keys. */
  readonly values?: Variable;
  /** "both" compares keys with the table too (Huang et al. 2020, method 4). Default: "query". */
  readonly sides?: "query" | "both";
}

/** Known when a layer is built. */
export interface Site {
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headDim: number;
  readonly valueDim: number;
  /** Multiplies q.k; 1/sqrt(headDim) unless the caller says otherwise. */
  readonly scale: number;
  readonly maxLength: number;
  readonly causal: boolean;
  /** Probability that an attention weight is dropped in training. */
  readonly dropout: number;
  readonly bias?: ScoreBias;
  readonly relative?: RelativeTable;
  /** Width of the layer's input, for mechanisms with projections of their own; absent where no layer surrounds the mechanism. */
  readonly dModel?: number;
  readonly seed: number;
}

/** Known per batch. */
export interface Call {
  readonly q: Tensor4D; // [B,H,N,D]
  readonly k: Tensor4D; // [B,KH,M,D]
  readonly v: Tensor4D; // [B,KH,M,Dv]
  /** The layer's input [B,N,dModel], for mechanisms with projections of their own (Longformer's global ones). */
  input(): Tensor3D;
  readonly keyPadding?: Tensor2D; // [B,M], 1 = a real key, 0 = padding
  readonly queryPadding?: Tensor2D; // [B,N], 1 = a real query; output rows of padding queries are 0
  /** Positions of global tokens, one list per batch row. Host data: a mask tensor could not be read back on WebGPU. */
  readonly globals?: readonly (readonly number[])[];
  /** Position of query 0 among the keys: 0 aligns top left; a cache passes its length. */
  readonly queryOffset: number;
  readonly training: boolean;
  /** With the site's seed it selects the dropout mask. */
  readonly step: number;
}

/** State of step-by-step decoding: whatever the mechanism needs, as tensors that `carry` can own. */
export type StepState = { readonly [name: string]: Tensor };
export interface Stepwise {
  start(batch: number): StepState;
  /** q [B,H,1,D], k [B,KH,1,D], v [B,KH,1,Dv] of the next position; `output` is [B,H,1,Dv]. */
  step(
    state: StepState,
    next: { readonly q: Tensor4D; readonly k: Tensor4D; readonly v: Tensor4D; readonly position: number },
  ): {
    readonly output: Tensor4D;
    readonly state: StepState;
  };
}

/** A variant built for one site. */
export interface Mechanism {
  /** Trainable variables of its own, by name; usually none. */
  readonly parameters: Readonly<Record<string, Variable>>;
  /** Tensors it holds but does not train (Performer's random features): drawn again from the seed, so no checkpoint has them. */
  readonly constants?: Readonly<Record<string, Tensor>>;
  readonly attend: (call: Call) => Tensor4D; // [B,H,N,Dv]
  /** The attention matrix, for pictures and tests. */
  readonly weights?: (call: Call) => Tensor4D; // [B,H,N,M]
  readonly stepwise?: Stepwise;
}

export interface Lengths {
  readonly batch: number;
  readonly queries: number;
  readonly keys: number;
}
/** Predicted cost of one `attend`: multiply-adds count as two operations; `peakBytes` is live bytes above the inputs. */
export interface Cost {
  readonly flops: number;
  readonly peakBytes: number;
  readonly parameters: number;
  /** Bytes of decoding state after `queries` positions. */
  readonly stateBytes: number;
}

export interface Attention<S extends Support = Support> {
  readonly name: string;
  readonly supports: S;
  build(site: Site): Mechanism;
  cost(site: Site, lengths: Lengths): Cost;
  /** For exact variants: which of `keys` keys each query sees. Most patterns do not depend on how many there are. */
  readonly pattern?: (site: Site, keys: number) => Pattern;
}

/** A variant before its options are chosen: what a package exports and what the catalogue lists. */
export interface Variant<Name extends string = string, S extends Support = Support, O = unknown> {
  (options: O): Attention<S>;
  readonly variant: Name;
  readonly paper: string;
  readonly supports: S;
  /** Version of the mathematics: part of a trial's identity, raised when results change. */
  readonly version: number;
  /** Reads options from a config; throws one sentence for an unknown key or a bad value. */
  parse(raw: unknown): O;
}
