import { gather, Tensor, tensor1d, type TensorContainer } from "@tensorflow/tfjs-core";
import { invalid, scope } from "@attention-lab/tensors";

/**
 * The same container of tensors with row `from[i]` of each in place i, along axis 0; what is no tensor stays as it is. Rows may be repeated
 * and left out. The caller owns the result and still owns `held`.
 *
 * @throws RangeError if a tensor has no axis 0 that holds the rows.
 */
export function gatherRows<T extends TensorContainer>(held: T, from: readonly number[]): T {
  return scope("gatherRows", () => {
    const rows = tensor1d([...from], "int32");
    const needed = Math.max(0, ...from) + 1;
    return inside(held, (tensor) => {
      if (tensor.rank === 0 || (tensor.shape[0] ?? 0) < needed) {
        throw invalid("decode", `every tensor of a state must hold ${needed} rows on axis 0`, tensor);
      }
      return gather(tensor, rows, 0);
    }) as T;
  });
}

function inside(held: unknown, change: (tensor: Tensor) => Tensor): unknown {
  if (held instanceof Tensor) return change(held);
  if (Array.isArray(held)) return held.map((part: unknown) => inside(part, change));
  if (typeof held !== "object" || held === null) return held;
  return Object.fromEntries(Object.entries(held).map(([name, part]) => [name, inside(part, change)]));
}
