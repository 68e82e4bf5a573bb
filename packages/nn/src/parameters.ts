import { type Tensor, type Variable, variable } from "@tensorflow/tfjs-core";
import { scope } from "@attention-lab/tensors";

/** Trainable variables by dotted name: `weight`, `attention.query.weight`, `blocks.0.norm.bias`. */
export type Parameters = Readonly<Record<string, Variable>>;

/** The same variables under `prefix.`: how a layer names the parameters of the layers inside it. */
export function named(prefix: string, parameters: Parameters): Parameters {
  return Object.fromEntries(Object.entries(parameters).map(([name, variable]) => [`${prefix}.${name}`, variable]));
}

/** A variable of the tensor that `initial` makes; the tensor itself is freed, the variable outlives every scope. */
export function parameter(initial: () => Tensor): Variable {
  return scope("parameter", () => variable(initial()));
}
