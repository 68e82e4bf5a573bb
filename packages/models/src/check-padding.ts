import type { Tensor2D } from "@tensorflow/tfjs-core";
import { hostValues } from "@attention-lab/nn";
import { invalid } from "@attention-lab/tensors";

/**
 * Checks a padding mask [B,N] against the ids [B,N] it belongs to. A row of padding alone has nothing to attend to: its output would be
 * a constant that looks like an answer.
 */
export function checkPadding(who: string, padding: Tensor2D | undefined, ids: Tensor2D): void {
  if (padding === undefined) return;
  const [rows, length] = ids.shape;
  if (padding.shape.join() !== ids.shape.join()) {
    throw invalid(who, `padding must be [${rows},${length}], as the ids`, padding.shape);
  }
  const values = hostValues(padding);
  if (values === undefined) return;
  for (let row = 0; row < rows; row++) {
    const real = Array.from({ length }, (_, n) => values[row * length + n]).some((value) => value !== 0);
    if (!real) throw new RangeError(`${who}: each row must have a real token, got padding alone in row ${row}`);
  }
}
