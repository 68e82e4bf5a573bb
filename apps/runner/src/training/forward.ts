import { scope } from "@attention-lab/tensors";
import { type Tensor, type Tensor2D, tensor2d } from "@tensorflow/tfjs-core";

/** One call of a model on rows of ids, whose result is freed: what a watch has seen stays. */
export function forward(rows: readonly (readonly number[])[], call: (ids: Tensor2D) => Tensor): void {
  scope("reading", () => {
    call(
      tensor2d(
        rows.map((row) => [...row]),
        undefined,
        "int32",
      ),
    );
    return [];
  });
}
