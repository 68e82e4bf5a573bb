import { type Tensor, type Tensor1D, type Tensor2D, type Variable, zeros } from "@tensorflow/tfjs-core";
import { linear } from "@attention-lab/ops";
import { invalid, positiveInteger, randomUniform } from "@attention-lab/tensors";
import { Layer } from "./layer.ts";
import { type Parameters, parameter } from "./parameters.ts";

/** max(0, x); x Phi(x) exactly; or GELU's tanh approximation (Hendrycks and Gimpel 2016). */
export type Activation = "relu" | "geluErf" | "geluTanh";

export interface LinearOptions {
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  /** Whether a bias [outputs], initially 0, is added. */
  readonly bias: boolean;
  readonly seed: number;
  readonly activation?: Activation;
}

/**
 * y = activation(x W + b) over the last axis, [...,inputs] -> [...,outputs]; `residual`, of y's shape, is added in the same kernel.
 * W is stored [inputs, outputs] and starts uniform in +-sqrt(6 / (inputs + outputs)) (Glorot and Bengio 2010, eq. 16).
 */
export class Linear extends Layer<[x: Tensor, residual?: Tensor], Tensor> {
  readonly inputs: number;
  readonly outputs: number;
  readonly weight: Variable;
  readonly bias: Variable | undefined;
  readonly activation: Activation | undefined;

  constructor({ name, inputs, outputs, bias, seed, activation }: LinearOptions) {
    super(name);
    this.inputs = positiveInteger(`linear ${name}`, "inputs", inputs);
    this.outputs = positiveInteger(`linear ${name}`, "outputs", outputs);
    this.activation = activation;
    const limit = Math.sqrt(6 / (inputs + outputs));
    this.weight = parameter(() => randomUniform(seed, [inputs, outputs], -limit, limit));
    this.bias = bias ? parameter(() => zeros([outputs])) : undefined;
  }

  parameters(): Parameters {
    return this.bias === undefined ? { weight: this.weight } : { weight: this.weight, bias: this.bias };
  }

  protected forward(x: Tensor, residual?: Tensor): Tensor {
    const width = x.shape.at(-1);
    if (width !== this.inputs) throw invalid(`linear ${this.name}`, `the last axis must be ${this.inputs}`, x.shape);
    const { weight, bias, activation } = this;
    return linear(x, weight as Tensor2D, bias as Tensor1D | undefined, { activation, residual });
  }
}
