import { customGrad, type GradSaveFunc, type Tensor } from "@tensorflow/tfjs-core";

export interface Differentiable<R extends Tensor> {
  readonly value: R;
  /**
   * One gradient per input, in order. Uses only dy and the saved tensors: those of the forward pass may be gone by then. Must never
   * hand back dy itself (the engine frees what it sums): `clone(dy)`.
   */
  readonly gradient: (dy: R, saved: Tensor[]) => Tensor[];
}

/**
 * An operation of one output with a gradient of its own. `body` computes the value from `inputs` and calls `save` at most once with all
 * that the gradient needs, constants included; nothing is kept when nobody differentiates.
 */
export function withGradient<R extends Tensor>(
  inputs: readonly Tensor[],
  body: (save: GradSaveFunc) => Differentiable<R>,
): R {
  return customGrad<R>((...received) => {
    const { value, gradient } = body(received.at(-1) as GradSaveFunc);
    return { value, gradFunc: gradient };
  })(...inputs);
}
