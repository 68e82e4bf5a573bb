import { add, mul, slice, type Tensor2D, type Tensor3D } from "@tensorflow/tfjs-core";
import { Dropout, Embedding, Layer, named, type Parameters, type Phase } from "@attention-lab/nn";
import type { Position } from "@attention-lab/attention";
import { deriveSeed, invalid } from "@attention-lab/tensors";
import { makeNorm, type Norm, type NormStyle } from "./make-norm.ts";
import type { LayerOptions } from "./options.ts";

export interface TokenEmbeddingOptions
  extends Pick<LayerOptions, "dModel" | "maxLength" | "dropout" | "seed">, NormStyle {
  readonly name: string;
  /** Its parameters are those of whoever made it: encoder and decoder may share one. */
  readonly table: Embedding;
  /** Multiplies the rows of the table. */
  readonly scale: number;
  readonly position: Position | undefined;
  readonly tokenTypes?: number | undefined;
  readonly normed?: boolean | undefined;
}

export interface EmbeddingCall extends Phase {
  /** Position of column 0. Default: 0. */
  readonly start?: number;
  /** int32 [B,N], below `tokenTypes`; absent: type 0 everywhere. */
  readonly tokenTypes?: Tensor2D | undefined;
}

/** What a Transformer reads: dropout(norm(scale * table[id] + position + type)), int32 ids [B,N] -> [B,N,dModel]; absent parts add nothing. */
export class TokenEmbedding extends Layer<[ids: Tensor2D, call?: EmbeddingCall], Tensor3D> {
  readonly types: Embedding | undefined;
  readonly norm: Norm | undefined;
  readonly #options: TokenEmbeddingOptions;
  readonly #dropout: Dropout;

  constructor(options: TokenEmbeddingOptions) {
    super(options.name);
    const { dModel, dropout, tokenTypes, seed } = options;
    this.#options = options;
    this.types =
      tokenTypes === undefined
        ? undefined
        : new Embedding({ name: "tokenTypes", rows: tokenTypes, width: dModel, seed: deriveSeed(seed, "tokenTypes") });
    this.norm = options.normed === true ? makeNorm("embeddingNorm", dModel, options) : undefined;
    this.#dropout = new Dropout({ name: "dropout", rate: dropout, seed: deriveSeed(seed, "dropout") });
  }

  /** `tokenTypes.weight` and `embeddingNorm.*`; the table's are not among them. */
  parameters(): Parameters {
    return {
      ...named("tokenTypes", this.types?.parameters() ?? {}),
      ...named("embeddingNorm", this.norm?.parameters() ?? {}),
    };
  }

  protected forward(ids: Tensor2D, call: EmbeddingCall = {}): Tensor3D {
    const { start = 0, tokenTypes } = call;
    const { name, table, scale, position, maxLength } = this.#options;
    const length = ids.shape[1];
    if (start + length > maxLength) {
      throw invalid(name, `a sequence must have at most maxLength ${maxLength} tokens`, start + length);
    }
    const looked = table.call(ids) as Tensor3D; // [B,N,dModel]
    const scaled = scale === 1 ? looked : mul<Tensor3D>(looked, scale);
    const typed = this.#addTypes(position?.embed?.(scaled, start) ?? scaled, ids, tokenTypes);
    const normed = (this.norm?.call(typed) ?? typed) as Tensor3D;
    return this.#dropout.call(normed, call) as Tensor3D;
  }

  #addTypes(x: Tensor3D, ids: Tensor2D, tokenTypes: Tensor2D | undefined): Tensor3D {
    if (this.types === undefined) {
      if (tokenTypes !== undefined) throw invalid(this.name, "token types need the option tokenTypes", tokenTypes);
      return x;
    }
    if (tokenTypes === undefined) return add(x, slice(this.types.weight, [0, 0], [1, -1]));
    if (tokenTypes.shape.join() !== ids.shape.join()) {
      throw invalid(this.name, `token types must be [${ids.shape.join()}], as the ids`, tokenTypes.shape);
    }
    return add(x, this.types.call(tokenTypes)) as Tensor3D;
  }
}
