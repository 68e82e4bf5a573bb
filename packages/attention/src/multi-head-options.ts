import type { Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import type { Ask, Attention, Call, Support } from "./contract.ts";
import type { Position } from "./position.ts";

/** A value that may only be given where the variant supports the feature. */
export type Where<S extends Support, F extends keyof S, Value> = S[F] extends true ? Value : undefined;

/** A position encoding whose score bias and relative tables the variant can honour. */
export type PositionFor<S extends Support> = Position &
  (S["scoreBias"] extends true ? unknown : { readonly bias?: never }) &
  (S["relativeContent"] extends true ? unknown : { readonly relative?: never });

/**
 * Options of `MultiHeadAttention`. An option that the variant cannot honour is a type error; a variant chosen at run time
 * passes through `accept(attention, ["causal"])` first, which throws the variant's sentence.
 */
export interface MultiHeadAttentionOptions<S extends Support = Support> {
  readonly name: string;
  readonly attention: Attention<S>;
  /** Width of the layer's input and output. */
  readonly dModel: number;
  readonly heads: number;
  /** Heads of keys and values, a divisor of `heads` (Ainslie et al. 2023): 1 is multi-query. Default: `heads`. */
  readonly keyValueHeads?: Where<S, "groupedQuery", number>;
  /** Width D of one head. Default: dModel / heads, which must be whole. */
  readonly headDim?: number;
  /** Width of the memory that keys are projected from. Default: dModel. */
  readonly keyInputs?: number;
  /** Width of the memory that values are projected from. Default: keyInputs. */
  readonly valueInputs?: number;
  /** Hides later keys. Default: false. */
  readonly causal?: Ask<S, "causal">;
  /** Probability that an attention weight is dropped in training. Default: 0. */
  readonly dropout?: Where<S, "dropout", number>;
  readonly position?: PositionFor<S>;
  /** Multiplies q.k. Default: 1 / sqrt(headDim). */
  readonly scale?: number;
  /** Longest sequence that the layer is built for. */
  readonly maxLength: number;
  /** Whether the four projections add a bias. Default: false, as in the paper. */
  readonly bias?: boolean;
  readonly seed: number;
}

/** Keys and values of a memory by head: tensors that `carry` can own. */
export type ProjectedMemory = {
  readonly k: Tensor4D; // [B,KH,M,D]
  readonly v: Tensor4D; // [B,KH,M,Dv]
};

/** What varies between calls of the layer. */
export interface MultiHeadAttentionCall {
  /** Keys and values come from here, [B,M,keyInputs]: cross-attention. Absent: from x. */
  readonly memory?: Tensor3D;
  /** Values come from here, [B,M,valueInputs], where they differ from the keys' source. Absent: from memory. */
  readonly memoryValues?: Tensor3D;
  /** What `project` made of a memory, instead of the memory: keys and values are computed once for many calls. */
  readonly projected?: ProjectedMemory;
  /** [B,M], 1 = a real key, 0 = padding. */
  readonly keyPadding?: Tensor2D;
  /** [B,N], 1 = a real query: output rows of padding queries are 0. */
  readonly queryPadding?: Tensor2D;
  /** Positions of global tokens, one list per batch row. */
  readonly globals?: Call["globals"];
  /** Position of query 0 among the keys. Default: 0. */
  readonly queryOffset?: number;
  /** Added to the output in the last projection's kernel, [B,N,dModel]: a residual connection. */
  readonly residual?: Tensor3D;
  /** Default: false. */
  readonly training?: boolean;
  /** Training step: with the seed it selects dropout's mask. Default: 0. */
  readonly step?: number;
}
