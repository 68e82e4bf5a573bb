import { type Scalar, type Tensor, type Tensor1D, type Tensor2D, reshape } from "@tensorflow/tfjs-core";
import { softmaxCrossEntropy } from "@attention-lab/ops";
import { invalid, scope } from "@attention-lab/tensors";

/** A share of the target that is moved from the label to other classes. */
export interface LabelSmoothing {
  /** In [0, 1); 0.1 in Vaswani et al. 2017, section 5.4. */
  readonly amount: number;
  /**
   * Where it goes. "all": amount / V to every class, the label included (Szegedy et al. 2016, section 7; PyTorch).
   * "others": amount / (V - 1) to every class but the label, which keeps 1 - amount (fairseq, tensor2tensor).
   */
  readonly over: "all" | "others";
}

/**
 * Mean cross-entropy in nats over the counted targets: logits [...,V] against int32 targets [...]. A negative target is padding and is not
 * counted; with no counted target the loss is 0.
 *
 * @throws RangeError if the shapes disagree or the smoothing is out of range.
 */
export function crossEntropy(logits: Tensor, targets: Tensor, smoothing?: LabelSmoothing): Scalar {
  const classes = logits.shape.at(-1) ?? 0;
  if (targets.shape.join() !== logits.shape.slice(0, -1).join()) {
    throw invalid("crossEntropy", `targets must have shape [${logits.shape.slice(0, -1).join()}]`, targets.shape);
  }
  return scope("crossEntropy", () => {
    const rows = reshape(logits, [-1, classes]) as Tensor2D; // [R,V]
    const labels = reshape(targets, [-1]) as Tensor1D; // [R]
    return softmaxCrossEntropy(rows, labels, { labelSmoothing: shareOverAll(classes, smoothing) });
  });
}

/** `amount` over the other V - 1 classes is amount V / (V - 1) over all V: the label gets 1 - amount back either way. */
function shareOverAll(classes: number, smoothing: LabelSmoothing | undefined): number {
  if (smoothing === undefined) return 0;
  const { amount, over } = smoothing;
  if (!(amount >= 0 && amount < 1)) throw invalid("label smoothing", "amount must lie in [0, 1)", amount);
  if (over === "all" || amount === 0) return amount;
  const highest = (classes - 1) / classes;
  if (amount > highest) {
    throw invalid("label smoothing", `amount over the other classes of ${classes} must be at most ${highest}`, amount);
  }
  return Math.min(1, (amount * classes) / (classes - 1));
}
