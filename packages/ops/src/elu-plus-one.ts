import { add, exp, minimum, mul, relu, type Tensor } from "@tensorflow/tfjs-core";
import { scope, withGradient } from "@attention-lab/tensors";
import { hasKernel, runFused } from "./fused-kernel.ts";

/**
 * phi(x) = elu(x) + 1, element by element: x + 1 where x > 0, exp(x) elsewhere (Katharopoulos et al. 2020, eq. 7). Always positive. Computed as
 * max(x, 0) + exp(min(x, 0)), which keeps the small values that elu(x) + 1 would cancel away. The gradient keeps nothing but the
 * result: it is 1 where phi > 1 and phi elsewhere.
 */
export function eluPlusOne<T extends Tensor>(x: T): T {
  const fused = hasKernel("EluPlusOne");
  return withGradient<T>([x], (save) => {
    const value = fused ? ((runFused("EluPlusOne", { x }, {})[0] ?? x) as T) : composed(x);
    save([value]);
    return {
      value,
      gradient: (dy, saved) => {
        const [features] = saved as [Tensor];
        return fused ? runFused("EluPlusOneGrad", { y: features, dy }, {}) : [mul(dy, minimum(features, 1))];
      },
    };
  });
}

function composed<T extends Tensor>(x: T): T {
  return scope("eluPlusOne", () => {
    const negative: T = scope("exponential", () => exp(minimum(x, 0)));
    return add<T>(negative, relu(x));
  });
}
