/** A decoder-only Transformer: pre-norm, exact GELU, biases, no position encoding, unembedding of its own. */
export interface DecoderShape {
  readonly name: string;
  readonly layers: number;
  readonly dModel: number;
  readonly heads: number;
  readonly feedForward: number;
  readonly vocabulary: number;
  readonly length: number;
  readonly batch: number;
  /** Runs before the first sample, and runs that one sample is the mean of: short ones need many. */
  readonly warmups: number;
  readonly repeats: number;
}

/** One operation at one size, in terms that every contestant understands. All are float32. */
export type Case =
  | {
      readonly kind: "attention";
      readonly length: number;
      readonly causal: boolean;
      readonly backward: boolean;
      readonly headDim?: number;
    }
  | { readonly kind: "gemm"; readonly m: number; readonly n: number; readonly k: number }
  /** One training step: forward, backward, Adam. */
  | ({ readonly kind: "train" } & DecoderShape)
  /** `length` - 1 tokens chosen greedily, one by one, with a cache. */
  | ({ readonly kind: "decode" } & DecoderShape);
export type DecoderCase = Extract<Case, DecoderShape>;

/** Whoever can be timed on a case. `time` runs it once and resolves to its seconds. */
export interface Contestant {
  readonly name: string;
  /** Whether the case is one of its own; absent: all are. */
  covers?(of: Case): boolean;
  time(of: Case): Promise<number>;
  /** Peak resident bytes of a fresh process that ran the case. */
  resident?(of: DecoderCase): Promise<number>;
  close(): void;
}

export const attentionShape = { batch: 1, heads: 4, headDim: 64 } as const;

/** Operations of a case; a multiply-add counts as two. Backward forms five products where forward forms two. */
export function operations(of: Case): number {
  if (of.kind === "gemm") return 2 * of.m * of.n * of.k;
  if (of.kind !== "attention") return decoderOperations(of);
  const pairs = attentionShape.batch * attentionShape.heads * of.length ** 2 * (of.causal ? 0.5 : 1);
  return 4 * (of.headDim ?? attentionShape.headDim) * pairs * (of.backward ? 3.5 : 1);
}

/** Every weight of a product counts once per token, three times in a step; attention as above. */
function decoderOperations({ kind, layers, dModel, feedForward, vocabulary, length, batch }: DecoderCase): number {
  const weights = layers * (4 * dModel ** 2 + 2 * dModel * feedForward) + dModel * vocabulary;
  const products = 2 * weights * batch * length;
  const attention = layers * 4 * dModel * batch * length ** 2 * 0.5;
  return kind === "decode" ? products + attention : 3 * products + 3.5 * attention;
}

export function label(of: Case): string {
  if (of.kind === "gemm") return `matmul ${of.m} x ${of.k} x ${of.n}`;
  if (of.kind !== "attention") return `${of.kind} ${of.name}`;
  const width = of.headDim === undefined ? "" : ` D=${of.headDim}`;
  return `attention ${of.length}${width}${of.causal ? " causal" : ""}${of.backward ? " step" : " forward"}`;
}
