import { type Tensor, type Variable, add, mul, sub } from "@tensorflow/tfjs-core";
import { invalid, scope } from "@attention-lab/tensors";
import { isDecayed, type MakeOptimizer, type Optimizer, zeroSlot } from "./optimizer.ts";

export interface SgdOptions {
  /** Share of the velocity that is kept, in [0, 1); 0 is plain gradient descent. */
  readonly momentum: number;
  /** Looks ahead: the step uses g + momentum * velocity (Sutskever et al. 2013, as PyTorch writes it). */
  readonly nesterov: boolean;
  /** Times the weight, added to the gradient of matrices. */
  readonly weightDecay: number;
}

/**
 * Stochastic gradient descent with momentum in PyTorch's convention: velocity = momentum * velocity + g, w -= rate * velocity, so that a change
 * of the rate acts at once on what has gathered (Sutskever et al. 2013 fold the rate into the velocity). Defaults: all 0 and false.
 */
export function sgd(options: Partial<SgdOptions> = {}): MakeOptimizer {
  return (variables) => new Sgd(variables, options);
}

export class Sgd implements Optimizer {
  readonly name = "sgd";
  readonly options: SgdOptions;
  readonly variables: readonly Variable[];
  /** No velocity without momentum. */
  readonly slots: { readonly velocity?: readonly Variable[] };
  steps = 0;

  constructor(variables: readonly Variable[], options: Partial<SgdOptions> = {}) {
    this.options = { momentum: 0, nesterov: false, weightDecay: 0, ...options };
    const { momentum, nesterov, weightDecay } = this.options;
    if (!(momentum >= 0 && momentum < 1)) throw invalid(this.name, "momentum must lie in [0, 1)", momentum);
    if (nesterov && momentum === 0) throw invalid(this.name, "nesterov needs a momentum above 0", momentum);
    if (!(weightDecay >= 0)) throw invalid(this.name, "weightDecay must be a number of at least 0", weightDecay);
    this.variables = variables;
    this.slots = momentum === 0 ? {} : { velocity: variables.map(zeroSlot) };
  }

  update(gradients: readonly (Tensor | undefined)[], learningRate: number): void {
    this.steps++;
    for (const [i, parameter] of this.variables.entries()) {
      const gradient = gradients[i];
      if (gradient !== undefined) scope(this.name, () => this.#move(parameter, gradient, i, learningRate));
    }
  }

  dispose(): void {
    for (const velocity of this.slots.velocity ?? []) velocity.dispose();
  }

  #move(parameter: Variable, given: Tensor, index: number, learningRate: number): void {
    const { momentum, nesterov, weightDecay } = this.options;
    const decays = isDecayed(parameter, weightDecay);
    const gradient = decays ? add(given, mul(parameter, weightDecay)) : given;
    const velocity = this.slots.velocity?.[index];
    velocity?.assign(add(mul(velocity, momentum), gradient));
    const gathered = velocity ?? gradient;
    const direction = nesterov ? add(gradient, mul(gathered, momentum)) : gathered;
    parameter.assign(sub(parameter, mul(direction, learningRate)));
  }
}
