import { mul, sigmoid, type Tensor } from "@tensorflow/tfjs-core";
import { deriveSeed } from "@attention-lab/tensors";
import { Dropout } from "./dropout.ts";
import type { FeedForwardCall, FeedForwardOptions } from "./feed-forward.ts";
import { Layer } from "./layer.ts";
import { Linear } from "./linear.ts";
import { named, type Parameters } from "./parameters.ts";

/**
 * SwiGLU: (swish(x Wg + bg) * (x Wu + bu)) Wd + bd with swish(z) = z sigmoid(z), [...,width] -> [...,width] (Shazeer 2020, eq. 6; LLaMA).
 * Three matrices instead of two: at 2/3 of the hidden width it has the parameters of `FeedForward`.
 */
export class GatedFeedForward extends Layer<[x: Tensor, call?: FeedForwardCall], Tensor> {
  readonly gate: Linear;
  readonly up: Linear;
  readonly down: Linear;
  readonly dropout: Dropout;

  constructor({ name, width, hidden, bias = true, dropout, seed }: Omit<FeedForwardOptions, "activation">) {
    super(name);
    const linear = (role: string, inputs: number, outputs: number) =>
      new Linear({ name: `${name}.${role}`, inputs, outputs, bias, seed: deriveSeed(seed, role) });
    this.gate = linear("gate", width, hidden);
    this.up = linear("up", width, hidden);
    this.down = linear("down", hidden, width);
    this.dropout = new Dropout({ name: `${name}.dropout`, rate: dropout, seed: deriveSeed(seed, "dropout") });
  }

  parameters(): Parameters {
    return {
      ...named("gate", this.gate.parameters()),
      ...named("up", this.up.parameters()),
      ...named("down", this.down.parameters()),
    };
  }

  protected forward(x: Tensor, { residual, ...phase }: FeedForwardCall = {}): Tensor {
    const gate = this.gate.call(x);
    const hidden = mul(mul(gate, sigmoid(gate)), this.up.call(x)); // [...,hidden]
    return this.down.call(this.dropout.call(hidden, phase), residual);
  }
}
