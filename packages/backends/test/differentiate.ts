import { randomNormal } from "@attention-lab/tensors";
import { grads, mul, sum, type Tensor } from "@tensorflow/tfjs-core";

/** Normal numbers of a seed. */
export const R = <T extends Tensor>(shape: number[], seed = 1): T => randomNormal(seed, shape) as T;

/** The value, then the gradients of a weighted sum of it. */
export function valueAndGradients(f: (...x: Tensor[]) => Tensor, inputs: Tensor[]): Tensor[] {
  const value = f(...inputs);
  return [value, ...grads((...x: Tensor[]) => sum(mul(f(...x), R(value.shape, 99))))(inputs)];
}
