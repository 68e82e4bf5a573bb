import { type Tensor, type Variable, concat, reshape, split, transpose } from "@tensorflow/tfjs-core";
import type { Bound } from "./adapter.ts";

/** PyTorch stores [out, in], we store [in, out]. */
export function transposed(variable: Variable | undefined): Bound | undefined {
  return (
    variable && {
      variables: [variable],
      stored: (values) => [transpose(values)],
      golden: ([gradient]) => transpose(gradient as Tensor),
    }
  );
}

/** The same layout on both sides. */
export function asStored(variable: Variable | undefined): Bound | undefined {
  return (
    variable && {
      variables: [variable],
      stored: (values) => [reshape(values, variable.shape)],
      golden: ([gradient]) => gradient as Tensor,
    }
  );
}

/** Several of ours in one array, side by side in its outputs; `flipped` when it is stored [out, in]. */
export function packed(variables: readonly Variable[], flipped: boolean): Bound {
  const turn = (values: Tensor) => (flipped && values.rank === 2 ? transpose(values) : values);
  return {
    variables,
    stored: (values) => split(turn(values), variables.length, -1),
    golden: (gradients) => turn(concat(gradients, -1)),
  };
}
