import { ones, type Tensor, type Tensor1D, type Variable, zeros } from "@tensorflow/tfjs-core";
import { layerNorm, rmsNorm } from "@attention-lab/ops";
import { positiveInteger } from "@attention-lab/tensors";
import { Layer } from "./layer.ts";
import { type Parameters, parameter } from "./parameters.ts";

export interface NormOptions {
  readonly name: string;
  readonly width: number;
  /** Added to the mean square under the root; 1e-5 unless given. */
  readonly epsilon?: number;
}

/** (x - mean) / sqrt(variance + epsilon) * weight + bias over the last axis, biased variance (Ba et al. 2016, eq. 4). */
export class LayerNorm extends Layer<[x: Tensor], Tensor> {
  readonly epsilon: number;
  readonly weight: Variable;
  readonly bias: Variable;

  constructor({ name, width, epsilon = 1e-5 }: NormOptions) {
    super(name);
    positiveInteger(`layer norm ${name}`, "width", width);
    this.epsilon = epsilon;
    this.weight = parameter(() => ones([width]));
    this.bias = parameter(() => zeros([width]));
  }

  parameters(): Parameters {
    return { weight: this.weight, bias: this.bias };
  }

  protected forward(x: Tensor): Tensor {
    return layerNorm(x, this.weight as Tensor1D, this.bias as Tensor1D, this.epsilon);
  }
}

/** x / sqrt(mean(x^2) + epsilon) * weight over the last axis (Zhang and Sennrich 2019, eq. 4). */
export class RMSNorm extends Layer<[x: Tensor], Tensor> {
  readonly epsilon: number;
  readonly weight: Variable;

  constructor({ name, width, epsilon = 1e-5 }: NormOptions) {
    super(name);
    positiveInteger(`rms norm ${name}`, "width", width);
    this.epsilon = epsilon;
    this.weight = parameter(() => ones([width]));
  }

  parameters(): Parameters {
    return { weight: this.weight };
  }

  protected forward(x: Tensor): Tensor {
    return rmsNorm(x, this.weight as Tensor1D, this.epsilon);
  }
}
