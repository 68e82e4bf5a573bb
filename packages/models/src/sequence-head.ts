import { reshape, slice, tanh, type Tensor, type Tensor2D, type Tensor3D } from "@tensorflow/tfjs-core";
import { Dropout, Layer, Linear, named, type Parameters, type Phase } from "@attention-lab/nn";
import { deriveSeed } from "@attention-lab/tensors";

/** Reads a sequence out at its first position: tanh(x_0 W + b), [B,N,dModel] -> [B,dModel] (Devlin et al. 2019). Parameters: `dense.*`. */
export class Pooler extends Layer<[x: Tensor3D], Tensor2D> {
  readonly #dense: Linear;

  constructor(width: number, seed: number) {
    super("pooler");
    this.#dense = new Linear({ name: "dense", inputs: width, outputs: width, bias: true, seed });
  }

  parameters(): Parameters {
    return named("dense", this.#dense.parameters());
  }

  protected forward(x: Tensor3D): Tensor2D {
    const [batch, , width] = x.shape;
    const first = reshape(slice(x, [0, 0, 0], [-1, 1, -1]), [batch, width]);
    return tanh(this.#dense.call(first)) as Tensor2D;
  }
}

export interface ClassificationHeadOptions {
  readonly width: number;
  readonly classes: number;
  /** Probability that a pooled value is dropped in training. */
  readonly dropout: number;
  readonly seed: number;
}

/** Scores of the classes of a pooled sequence, [B,dModel] -> [B,classes]. Parameters: `weight`, `bias`. */
export class ClassificationHead extends Layer<[pooled: Tensor2D, phase?: Phase], Tensor> {
  readonly #dropout: Dropout;
  readonly #scores: Linear;

  constructor({ width, classes, dropout, seed }: ClassificationHeadOptions) {
    super("classifier");
    this.#dropout = new Dropout({ name: "dropout", rate: dropout, seed: deriveSeed(seed, "dropout") });
    this.#scores = new Linear({ name: "classifier", inputs: width, outputs: classes, bias: true, seed });
  }

  parameters(): Parameters {
    return this.#scores.parameters();
  }

  protected forward(pooled: Tensor2D, phase: Phase = {}): Tensor {
    return this.#scores.call(this.#dropout.call(pooled, phase));
  }
}
