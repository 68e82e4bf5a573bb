import type { Tensor } from "@tensorflow/tfjs-core";
import { type Embedding, Layer, Linear, type Parameters } from "@attention-lab/nn";

export interface UnembeddingOptions {
  readonly table: Embedding;
  /** Whether tokens are scored by the embedding's own rows (Press and Wolf 2017). */
  readonly tied: boolean;
  /** Whether an untied one adds a bias. */
  readonly bias: boolean;
  readonly seed: number;
}

/** Scores of every token, [...,dModel] -> [...,V]. A tied one has no parameters of its own. */
export class Unembedding extends Layer<[x: Tensor], Tensor> {
  readonly #table: Embedding;
  readonly #own: Linear | undefined;

  constructor({ table, tied, bias, seed }: UnembeddingOptions) {
    super("unembedding");
    this.#table = table;
    const shape = { name: "unembedding", inputs: table.width, outputs: table.rows };
    this.#own = tied ? undefined : new Linear({ ...shape, bias, seed });
  }

  parameters(): Parameters {
    return this.#own?.parameters() ?? {};
  }

  protected forward(x: Tensor): Tensor {
    return this.#own?.call(x) ?? this.#table.unembed(x);
  }
}
