import { add, exp, minimum, mul, relu, type Tensor4D } from "@tensorflow/tfjs-core";
import { scope, withGradient } from "@attention-lab/tensors";

/**
 * phi(x) = elu(x) + 1, element by element: x + 1 where x > 0, exp(x) elsewhere (Katharopoulos et al. 2020, eq. 7). Always positive. Computed as
 * max(x, 0) + exp(min(x, 0)), which keeps the small values that elu(x) + 1 would cancel away. The gradient keeps nothing but the
 * result: it is 1 where phi > 1 and phi elsewhere.
 *
 * @param x [B,H,L,D]
 * @returns [B,H,L,D]
 */
export function eluPlusOne(x: Tensor4D): Tensor4D {
  return withGradient<Tensor4D>([x], (save) => {
    const value = scope("eluPlusOne", () => {
      const negative: Tensor4D = scope("exponential", () => exp(minimum(x, 0)));
      return add<Tensor4D>(negative, relu(x));
    });
    save([value]);
    return {
      value,
      gradient: (dy, saved) => {
        const [features] = saved as [Tensor4D];
        return [mul(dy, minimum(features, 1))];
      },
    };
  });
}
