import { type Tensor, type Variable, add, mul } from "@tensorflow/tfjs-core";
import { adamUpdate } from "@attention-lab/ops";
import { invalid, scope } from "@attention-lab/tensors";
import { isDecayed, type MakeOptimizer, type Optimizer, zeroSlot } from "./optimizer.ts";

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

/** Adam with bias correction (Kingma & Ba 2015, algorithm 1); weight decay, if any, is added to the gradient (L2). */
export function adam(options: Partial<Omit<AdamOptions, "decayKind">> = {}): MakeOptimizer {
  return (variables) => new Adam(variables, { ...options, decayKind: "l2" });
}

/** Adam with decoupled weight decay (Loshchilov & Hutter 2019, algorithm 2), 0.01 unless given. */
export function adamW(options: Partial<Omit<AdamOptions, "decayKind">> = {}): MakeOptimizer {
  return (variables) => new Adam(variables, { weightDecay: 0.01, ...options, decayKind: "decoupled" });
}

/** Both of the above as a class, two moments per variable. */
export class Adam implements Optimizer {
  readonly name: string;
  readonly options: AdamOptions;
  readonly variables: readonly Variable[];
  readonly slots: { readonly m: readonly Variable[]; readonly v: readonly Variable[] };
  steps = 0;

  constructor(variables: readonly Variable[], options: Partial<AdamOptions> = {}) {
    this.options = { ...adamDefaults, ...options };
    const { beta1, beta2, epsilon, weightDecay, decayKind } = this.options;
    this.name = decayKind === "l2" ? "adam" : "adamw";
    if (!(beta1 >= 0 && beta1 < 1)) throw invalid(this.name, "beta1 must lie in [0, 1)", beta1);
    if (!(beta2 >= 0 && beta2 < 1)) throw invalid(this.name, "beta2 must lie in [0, 1)", beta2);
    if (!(epsilon > 0)) throw invalid(this.name, "epsilon must be a positive number", epsilon);
    if (!(weightDecay >= 0)) throw invalid(this.name, "weightDecay must be a number of at least 0", weightDecay);
    this.variables = variables;
    this.slots = { m: variables.map(zeroSlot), v: variables.map(zeroSlot) };
  }

  update(gradients: readonly (Tensor | undefined)[], learningRate: number): void {
    const { decayKind, ...options } = this.options;
    const { m, v } = this.slots;
    this.steps++;
    scope(this.name, () => {
      const parameters = this.variables.flatMap((parameter, i) => {
        const gradient = gradients[i];
        if (gradient === undefined) return [];
        const decays = isDecayed(parameter, options.weightDecay);
        return {
          variable: parameter,
          gradient: decays && decayKind === "l2" ? add(gradient, mul(parameter, options.weightDecay)) : gradient,
          m: m[i] as Variable,
          v: v[i] as Variable,
          decay: decays && decayKind === "decoupled",
        };
      });
      adamUpdate({ ...options, parameters, step: this.steps, learningRate });
      return [];
    });
  }

  dispose(): void {
    for (const moment of [...this.slots.m, ...this.slots.v]) moment.dispose();
  }
}
