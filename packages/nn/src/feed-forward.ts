import type { Tensor } from "@tensorflow/tfjs-core";
import { deriveSeed } from "@attention-lab/tensors";
import { Dropout } from "./dropout.ts";
import { Layer, type Phase } from "./layer.ts";
import { type Activation, Linear } from "./linear.ts";
import { named, type Parameters } from "./parameters.ts";

export interface FeedForwardOptions {
  readonly name: string;
  readonly width: number;
  readonly hidden: number;
  readonly activation: Activation;
  /** Whether both projections add a bias; true unless given. */
  readonly bias?: boolean;
  /** Probability that a hidden value is dropped in training. */
  readonly dropout: number;
  readonly seed: number;
}

/** What varies between calls of a feed-forward layer. */
export interface FeedForwardCall extends Phase {
  /** Added to the output in the last projection's kernel: a residual connection. */
  readonly residual?: Tensor;
}

/** activation(x W1 + b1) W2 + b2 at every position, [...,width] -> [...,width] (Vaswani et al. 2017, eq. 2). */
export class FeedForward extends Layer<[x: Tensor, call?: FeedForwardCall], Tensor> {
  readonly up: Linear;
  readonly down: Linear;
  readonly dropout: Dropout;

  constructor({ name, width, hidden, activation, bias = true, dropout, seed }: FeedForwardOptions) {
    super(name);
    const upSeed = deriveSeed(seed, "up");
    this.up = new Linear({ name: `${name}.up`, inputs: width, outputs: hidden, bias, activation, seed: upSeed });
    this.down = new Linear({
      name: `${name}.down`,
      inputs: hidden,
      outputs: width,
      bias,
      seed: deriveSeed(seed, "down"),
    });
    this.dropout = new Dropout({ name: `${name}.dropout`, rate: dropout, seed: deriveSeed(seed, "dropout") });
  }

  parameters(): Parameters {
    return { ...named("up", this.up.parameters()), ...named("down", this.down.parameters()) };
  }

  protected forward(x: Tensor, { residual, ...phase }: FeedForwardCall = {}): Tensor {
    return this.down.call(this.dropout.call(this.up.call(x), phase), residual);
  }
}
