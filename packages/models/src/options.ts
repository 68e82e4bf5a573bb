import type { Attention, Position } from "@attention-lab/attention";
import type { Activation } from "@attention-lab/nn";

/** Post-norm is the original Transformer's (Vaswani et al. 2017), pre-norm GPT-2's (Xiong et al. 2020). */
export type NormPlace = "pre" | "post";

/** A position encoding with its options chosen, as `@attention-lab/position-encodings` makes them. */
export interface PositionEncoding {
  readonly name: string;
  build(site: {
    readonly dModel: number;
    readonly heads: number;
    readonly headDim: number;
    readonly maxLength: number;
    readonly seed: number;
  }): Position;
}

export interface BlockOptions {
  readonly name: string;
  readonly dModel: number;
  readonly heads: number;
  /** Heads of keys and values (grouped queries); `heads` unless given. */
  readonly keyValueHeads?: number;
  /** Width of the feed-forward layer's hidden values. */
  readonly feedForward: number;
  readonly maxLength: number;
  readonly causal: boolean;
  readonly attention: Attention;
  readonly position?: Position;
  readonly norm: NormPlace;
  readonly activation: Activation;
  /** Probability that a value of a branch is dropped in training before it is added (Vaswani et al. 2017, section 5.4). */
  readonly dropout: number;
  /** Probability that an attention weight is dropped; 0 unless given, since not every variant has weights. */
  readonly attentionDropout?: number;
  readonly seed: number;
}

export interface DecoderOnlyOptions extends Omit<BlockOptions, "name" | "causal" | "attention" | "position"> {
  /** Number of token ids. */
  readonly vocabulary: number;
  readonly layers: number;
  /** One variant for all layers, or one for each. */
  readonly attention: Attention | readonly Attention[];
  /** Absent: the order of tokens shows in the causal mask alone. */
  readonly position?: PositionEncoding;
  /** Whether the unembedding uses the embedding's table (Press and Wolf 2017) or weights and biases of its own. */
  readonly tied: boolean;
  /** Whether embeddings are multiplied by sqrt(dModel), as in Vaswani et al. 2017, section 3.4; false unless given. */
  readonly scaleEmbeddings?: boolean;
}
