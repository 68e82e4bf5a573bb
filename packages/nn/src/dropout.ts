import type { Tensor } from "@tensorflow/tfjs-core";
import { dropout } from "@attention-lab/ops";
import { invalid } from "@attention-lab/tensors";
import { Layer, type Phase } from "./layer.ts";
import type { Parameters } from "./parameters.ts";

export interface DropoutOptions {
  readonly name: string;
  /** Probability that a value becomes 0 in training, in [0, 1). */
  readonly rate: number;
  readonly seed: number;
}

/**
 * Zeroes values with probability `rate` in training and divides the others by 1 - rate (Srivastava et al. 2014); the
 * identity otherwise. The mask depends on seed and step alone, so a resumed run drops what the first would have dropped.
 */
export class Dropout extends Layer<[x: Tensor, phase?: Phase], Tensor> {
  readonly rate: number;
  readonly seed: number;

  constructor({ name, rate, seed }: DropoutOptions) {
    super(name);
    if (!(rate >= 0 && rate < 1)) throw invalid(`dropout ${name}`, "rate must be in [0, 1)", rate);
    this.rate = rate;
    this.seed = seed;
  }

  parameters(): Parameters {
    return {};
  }

  protected forward(x: Tensor, { training = false, step = 0 }: Phase = {}): Tensor {
    if (!training || this.rate === 0) return x;
    return dropout(x, { rate: this.rate, seed: this.seed, step, training });
  }
}
