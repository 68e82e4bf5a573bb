import { cumsum, reverse, transpose, type Tensor } from "@tensorflow/tfjs-core";
import { invalid } from "./invalid.ts";
import { scope } from "./scope.ts";
import { withGradient } from "./with-gradient.ts";

/**
 * Inclusive running sum along one axis. The stock gradient of `cumsum` is wrong unless the axis is the last one, and on WebGPU its
 * reverse form is wrong at a second length: this one moves the axis last and flips the data instead.
 */
export function prefixSum(x: Tensor, axis: number): Tensor {
  const chosen = axis < 0 ? axis + x.rank : axis;
  if (!Number.isInteger(chosen) || chosen < 0 || chosen >= x.rank) {
    throw invalid("prefixSum", `axis must be one of the ${x.rank} axes of x`, axis);
  }
  const last = x.rank - 1;
  if (chosen === last) return lastAxisSum(x);
  // Swapping two axes is its own inverse.
  const swap = x.shape.map((_, index) => (index === chosen ? last : index === last ? chosen : index));
  return scope("prefixSum", () => transpose(lastAxisSum(transpose(x, swap)), swap));
}

function lastAxisSum(x: Tensor): Tensor {
  const last = x.rank - 1;
  return withGradient([x], () => ({
    value: cumsum(x, last),
    // The sum of all later gradients: a running sum from the right.
    gradient: (dy) => [reverse(cumsum(reverse(dy, last), last), last)],
  }));
}
