import type { Attention, Position } from "@attention-lab/attention";
import type { Activation } from "@attention-lab/nn";

/** Post-norm is the original Transformer's (Vaswani et al. 2017), pre-norm GPT-2's (Xiong et al. 2020). */
export type NormPlace = "pre" | "post";
/** LayerNorm (Ba et al. 2016), or RMSNorm without mean and bias (Zhang and Sennrich 2019; LLaMA). */
export type NormKind = "layer" | "rms";
/** `swiglu` has three matrices (Shazeer 2020; LLaMA), the others two. */
export type FeedForwardKind = Activation | "swiglu";

/** A position encoding with its options chosen, as `@attention-lab/position-encodings` makes them. */
export interface PositionEncoding {
  readonly name: string;
  /** Whether every layer builds one of its own; absent: one serves them all. */
  readonly perLayer?: boolean;
  build(site: {
    readonly dModel: number;
    readonly heads: number;
    readonly headDim: number;
    readonly maxLength: number;
    readonly seed: number;
  }): Position;
}

/** What all layers of a model share. */
export interface LayerOptions {
  readonly dModel: number;
  readonly heads: number;
  /** Heads of keys and values (grouped queries); `heads` unless given. */
  readonly keyValueHeads?: number;
  /** Width of one head; dModel / heads unless given. */
  readonly headDim?: number;
  /** Width of the feed-forward layer's hidden values. */
  readonly feedForward: number;
  readonly maxLength: number;
  readonly norm: NormPlace;
  /** LayerNorm unless given. */
  readonly normKind?: NormKind;
  /** Added to the variance under the norms' root; 1e-5 unless given. */
  readonly normEpsilon?: number;
  readonly activation: FeedForwardKind;
  /** Whether projections and feed-forward layers add biases; true unless given. */
  readonly bias?: boolean;
  /** Probability that a value of a branch is dropped in training before it is added (Vaswani et al. 2017, section 5.4). */
  readonly dropout: number;
  /** Probability that an attention weight is dropped; 0 unless given, since not every variant has weights. */
  readonly attentionDropout?: number;
  /** Probability that a hidden value of the feed-forward layer is dropped; 0 unless given. */
  readonly feedForwardDropout?: number;
  readonly seed: number;
}

export interface BlockOptions extends LayerOptions {
  readonly name: string;
  readonly causal: boolean;
  readonly attention: Attention;
  readonly position?: Position | undefined;
  /** Attention to another sequence, between self-attention and feed-forward; absent: none. */
  readonly crossAttention?: Attention | undefined;
}

/** What the three Transformers share. */
export interface TransformerOptions extends LayerOptions {
  /** Number of token ids. */
  readonly vocabulary: number;
  readonly layers: number;
  /** One variant for all layers, or one for each. */
  readonly attention: Attention | readonly Attention[];
  /** Absent: only a causal mask shows the order of tokens. */
  readonly position?: PositionEncoding;
  /** Whether a norm follows the last block; by default pre-norm has one and post-norm none. */
  readonly finalNorm?: boolean;
  /** Whether embeddings are multiplied by sqrt(dModel), as in Vaswani et al. 2017, section 3.4. */
  readonly scaleEmbeddings?: boolean;
}

export interface DecoderOnlyOptions extends TransformerOptions {
  /** Whether the unembedding uses the embedding's table (Press and Wolf 2017) or weights of its own. */
  readonly tied: boolean;
  /** Whether an untied unembedding adds a bias; true unless given. */
  readonly unembeddingBias?: boolean;
}

export interface EncoderOnlyOptions extends TransformerOptions {
  /** Number of token types (BERT's sentence A and B), each with a vector of its own; none unless given. */
  readonly tokenTypes?: number;
  /** Whether embeddings are normed before the first block (BERT); false unless given. */
  readonly embeddingNorm?: boolean;
  /** Whether there is a head that scores the token at every position (masked language modelling); false unless given. */
  readonly maskedTokens?: boolean;
  /** Whether the first position is read out through a dense layer and tanh (BERT); true where there are classes. */
  readonly pooler?: boolean;
  /** Number of classes that the pooled sequence is scored for; no such head unless given. */
  readonly classes?: number;
}

/** The paper's base model differs from the defaults in nothing: post-norm, six layers on each side, dropout 0.1, shared and scaled embeddings. */
export interface EncoderDecoderOptions extends Omit<TransformerOptions, "layers" | "norm" | "activation" | "dropout"> {
  /** Of the encoder; 6 unless given. */
  readonly layers?: number;
  /** Of the decoder; as many as the encoder's unless given. */
  readonly decoderLayers?: number;
  /** Post unless given. */
  readonly norm?: NormPlace;
  /** ReLU unless given. */
  readonly activation?: FeedForwardKind;
  /** 0.1 unless given. */
  readonly dropout?: number;
  /** The decoder's self-attention; `attention` where that is one variant. */
  readonly decoderAttention?: Attention | readonly Attention[];
  /** The decoder's attention to the source; `attention` where that is one variant. */
  readonly crossAttention?: Attention | readonly Attention[];
  /** The decoder's; `position` unless given (T5's tables have a direction). */
  readonly decoderPosition?: PositionEncoding;
  /** Token ids of the source where they differ from the target's: it then has an embedding of its own. */
  readonly sourceVocabulary?: number;
  /** Whether the unembedding uses the target embedding's table; true unless given. */
  readonly tied?: boolean;
}
