import {
  type Scalar,
  type Tensor,
  add,
  addN,
  div,
  minimum,
  mul,
  scalar,
  sqrt,
  square,
  sum,
} from "@tensorflow/tfjs-core";
import { scope } from "@attention-lab/tensors";

/** Euclidean norm over all gradients together. */
export function globalNorm(gradients: readonly Tensor[]): Scalar {
  return scope("globalNorm", () => sqrt(addN(gradients.map((gradient) => sum(square(gradient)))))) as Scalar;
}

/**
 * The gradients times min(1, maxNorm / (norm + 1e-6)) (Pascanu et al. 2013, with PyTorch's guard): never scaled up.
 * The results are new tensors; the caller owns both.
 */
export function clipByGlobalNorm(gradients: readonly Tensor[], maxNorm: number): Tensor[] {
  return scope("clipByGlobalNorm", () => {
    const coefficient = minimum(scalar(1), div(scalar(maxNorm), add(globalNorm(gradients), 1e-6)));
    return gradients.map((gradient) => mul(gradient, coefficient));
  });
}
