import { type Tensor, type Variable, add, mul, variable, zerosLike } from "@tensorflow/tfjs-core";
import { adamUpdate } from "@attention-lab/ops";
import { invalid, scope } from "@attention-lab/tensors";

export interface AdamOptions {
  readonly beta1: number;
  readonly beta2: number;
  /** Added outside the square root. */
  readonly epsilon: number;
  readonly weightDecay: number;
  /** "decoupled" is AdamW (Loshchilov & Hutter 2019); "l2" adds weightDecay * w to the gradient. */
  readonly decayKind: "decoupled" | "l2";
}
export const adamDefaults: AdamOptions = {
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0,
  decayKind: "decoupled",
};

/**
 * Adam (Kingma & Ba 2015, algorithm 1, with bias correction). Decay leaves vectors alone: biases and norm gains have rank 1.
 * Owns two moments per variable; `dispose` frees them.
 */
export class Adam {
  readonly options: AdamOptions;
  readonly variables: readonly Variable[];
  readonly m: readonly Variable[];
  readonly v: readonly Variable[];
  /** Updates made so far. */
  steps = 0;

  constructor(variables: readonly Variable[], options: Partial<AdamOptions> = {}) {
    this.options = { ...adamDefaults, ...options };
    const { beta1, beta2 } = this.options;
    if (!(beta1 >= 0 && beta1 < 1)) throw invalid("adam", "beta1 must lie in [0, 1)", beta1);
    if (!(beta2 >= 0 && beta2 < 1)) throw invalid("adam", "beta2 must lie in [0, 1)", beta2);
    this.variables = variables;
    this.m = variables.map(zeroMoment);
    this.v = variables.map(zeroMoment);
  }

  /** One update with the gradients of the variables, in their order; undefined leaves a variable as it is. */
  update(gradients: readonly (Tensor | undefined)[], learningRate: number): void {
    const { beta1, beta2, epsilon, weightDecay, decayKind } = this.options;
    this.steps++;
    scope("adam", () => {
      const parameters = this.variables.flatMap((parameter, i) => {
        const gradient = gradients[i];
        if (gradient === undefined) return [];
        const decays = weightDecay > 0 && parameter.rank > 1;
        return {
          variable: parameter,
          gradient: decays && decayKind === "l2" ? add(gradient, mul(parameter, weightDecay)) : gradient,
          m: this.m[i] as Variable,
          v: this.v[i] as Variable,
          decay: decays && decayKind === "decoupled",
        };
      });
      adamUpdate({ parameters, step: this.steps, learningRate, beta1, beta2, epsilon, weightDecay });
      return [];
    });
  }

  dispose(): void {
    for (const moment of [...this.m, ...this.v]) moment.dispose();
  }
}

function zeroMoment(parameter: Variable): Variable {
  const initial = zerosLike(parameter);
  const moment = variable(initial, false);
  initial.dispose();
  return moment;
}
