import { add, mul, relu, step, sub, type Tensor } from "@tensorflow/tfjs-core";
import { scope, withGradient } from "@attention-lab/tensors";

/** max(0, u) + epsilon; the gradient keeps nothing but the result. */
export function rectified(u: Tensor, epsilon: number): Tensor {
  return withGradient([u], (save) => {
    const value = epsilon === 0 ? relu(u) : scope("rectified", () => add(relu(u), epsilon));
    save([value]);
    return {
      value,
      gradient: (dy, saved) => {
        const [features] = saved as [Tensor];
        return [mul(dy, step(epsilon === 0 ? features : sub(features, epsilon)))];
      },
    };
  });
}
