import { add, div, mul, sqrt, square, sub, type Tensor, type Variable } from "@tensorflow/tfjs-core";
import { positiveInteger, scope } from "@attention-lab/tensors";
import { hasKernel, runFused } from "./fused-kernel.ts";

export interface AdamParameter {
  readonly variable: Variable;
  readonly gradient: Tensor;
  /** First and second moments, of the variable's shape; zeros before step 1. */
  readonly m: Variable;
  readonly v: Variable;
  /** Whether weightDecay applies (to matrices, not to biases and norms, as a rule). */
  readonly decay: boolean;
}
export interface AdamUpdate {
  readonly parameters: readonly AdamParameter[];
  /** From 1: corrects the moments' bias. */
  readonly step: number;
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  /** Added outside the root, after bias correction. */
  readonly epsilon: number;
  /** Decoupled (AdamW): subtracts learningRate * weightDecay * variable. */
  readonly weightDecay: number;
}

/** One step of Adam (Kingma and Ba 2015, algorithm 1) with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2), in place. */
export function adamUpdate({ parameters, ...options }: AdamUpdate): void {
  positiveInteger("adamUpdate", "step", options.step);
  for (const { variable, gradient, m, v } of parameters) {
    const wanted = variable.shape.join(",");
    const shapes = [gradient, m, v].map((tensor) => tensor.shape.join(","));
    if (shapes.some((shape) => shape !== wanted)) {
      throw new RangeError(
        `adamUpdate: gradient and moments of "${variable.name}" must be [${wanted}], got [${shapes.join("], [")}]`,
      );
    }
  }
  if (!hasKernel("AdamUpdate")) {
    for (const parameter of parameters) scope("adamUpdate", () => composed(parameter, options));
    return;
  }
  const inputs = {
    variable: parameters.map(({ variable }) => variable),
    gradient: parameters.map(({ gradient }) => gradient),
    m: parameters.map(({ m }) => m),
    v: parameters.map(({ v }) => v),
  };
  // The scope frees what a kernel assigned where it could not write in place.
  scope("adamUpdate", () =>
    runFused("AdamUpdate", inputs, { ...options, decay: parameters.map(({ decay }) => decay) }),
  );
}

function composed({ variable, gradient, m, v, decay }: AdamParameter, options: Omit<AdamUpdate, "parameters">): void {
  const { step, learningRate, beta1, beta2, epsilon, weightDecay } = options;
  m.assign(add(mul(m, beta1), mul(gradient, 1 - beta1)));
  v.assign(add(mul(v, beta2), mul(square(gradient), 1 - beta2)));
  const first = div(m, 1 - beta1 ** step);
  const second = div(v, 1 - beta2 ** step);
  const decayed = decay && weightDecay !== 0 ? mul(variable, 1 - learningRate * weightDecay) : variable;
  variable.assign(sub(decayed, mul(div(first, add(sqrt(second), epsilon)), learningRate)));
}
