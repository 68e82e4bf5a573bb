import { type Tensor, type Variable, variable, zerosLike } from "@tensorflow/tfjs-core";

/** Turns gradients into updates of variables, in place. Owns its state; `dispose` frees it. */
export interface Optimizer {
  readonly name: string;
  readonly variables: readonly Variable[];
  /** State by name (Adam's m and v), one variable for each parameter in their order: with `steps` all that a checkpoint needs. */
  readonly slots: Readonly<Record<string, readonly Variable[]>>;
  /** Updates made so far. */
  steps: number;
  /** One update with the gradients of the variables, in their order; undefined leaves a variable as it is. */
  update(gradients: readonly (Tensor | undefined)[], learningRate: number): void;
  dispose(): void;
}

/** An optimiser with its options chosen, before it knows the variables. */
export type MakeOptimizer = (variables: readonly Variable[]) => Optimizer;

/** Decay is for matrices: biases and the gains of norms have rank 1 and are left alone. */
export function isDecayed(parameter: Variable, weightDecay: number): boolean {
  return weightDecay > 0 && parameter.rank > 1;
}

/** Zeros of a variable's shape that no gradient is taken of. */
export function zeroSlot(parameter: Variable): Variable {
  const initial = zerosLike(parameter);
  const slot = variable(initial, false);
  initial.dispose();
  return slot;
}
