import { add, type Tensor, type Variable, zeros } from "@tensorflow/tfjs-core";
import { type Activation, type Embedding, Layer, Linear, named, parameter, type Parameters } from "@attention-lab/nn";
import { makeNorm, type Norm, type NormStyle } from "./make-norm.ts";

export interface MaskedTokenHeadOptions extends NormStyle {
  /** Its rows score the tokens: the head is tied to the embedding. */
  readonly table: Embedding;
  readonly activation: Activation;
  readonly seed: number;
}

/**
 * BERT's head of masked language modelling (Devlin et al. 2019, section 3.1, and the authors' code): norm(activation(x W + b)) Eᵀ + c,
 * [B,N,dModel] -> [B,N,V]. Parameters: `dense.*`, `norm.*`, `bias`.
 */
export class MaskedTokenHead extends Layer<[x: Tensor], Tensor> {
  readonly #table: Embedding;
  readonly #dense: Linear;
  readonly #norm: Norm;
  readonly #bias: Variable;

  constructor({ table, activation, seed, ...style }: MaskedTokenHeadOptions) {
    super("maskedTokens");
    this.#table = table;
    const { width, rows } = table;
    this.#dense = new Linear({ name: "dense", inputs: width, outputs: width, bias: true, activation, seed });
    this.#norm = makeNorm("norm", width, style);
    this.#bias = parameter(() => zeros([rows]));
  }

  parameters(): Parameters {
    return {
      ...named("dense", this.#dense.parameters()),
      ...named("norm", this.#norm.parameters()),
      bias: this.#bias,
    };
  }

  protected forward(x: Tensor): Tensor {
    return add(this.#table.unembed(this.#norm.call(this.#dense.call(x))), this.#bias);
  }
}
