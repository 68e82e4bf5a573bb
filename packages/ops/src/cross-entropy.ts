import {
  add,
  cast,
  div,
  greaterEqual,
  logSoftmax,
  maximum,
  mean,
  mul,
  neg,
  oneHot,
  scalar,
  sum,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from "@tensorflow/tfjs-core";
import { invalid, scope, withGradient } from "@attention-lab/tensors";
import { hasKernel, runFused } from "./fused-kernel.ts";

export interface CrossEntropyOptions {
  /** Share of the target spread evenly over all classes (Szegedy et al. 2016, section 7), in [0, 1]; 0 unless given. */
  readonly labelSmoothing?: number | undefined;
}

/**
 * Mean over the counted rows of -log softmax(logits)[label], in nats: logits [R,V], labels [R] int32. Rows with a negative label (padding) are
 * not counted; with no counted row the loss is 0. Differentiable in logits.
 */
export function softmaxCrossEntropy(
  logits: Tensor2D,
  labels: Tensor1D,
  { labelSmoothing = 0 }: CrossEntropyOptions = {},
): Scalar {
  if (labels.rank !== 1 || labels.dtype !== "int32" || labels.shape[0] !== logits.shape[0]) {
    const got = `${labels.dtype} [${labels.shape.join(",")}]`;
    throw invalid("softmaxCrossEntropy", `labels must be int32 [${logits.shape[0]}]`, got);
  }
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
    throw invalid("softmaxCrossEntropy", "labelSmoothing must be from 0 to 1", labelSmoothing);
  }
  if (labelSmoothing > 0 || !hasKernel("SoftmaxCrossEntropy")) {
    return scope("softmaxCrossEntropy", () => composed(logits, labels, labelSmoothing));
  }
  return withGradient<Scalar>([logits], (save) => {
    const [loss, logSumExp] = runFused("SoftmaxCrossEntropy", { logits, labels }, {}) as [Scalar, Tensor];
    save([logits, labels, logSumExp]);
    return {
      value: loss,
      gradient: (dLoss, saved) => {
        const [logits, labels, logSumExp] = saved as [Tensor, Tensor, Tensor];
        return runFused("SoftmaxCrossEntropyGrad", { logits, labels, logSumExp, dLoss }, {});
      },
    };
  });
}

function composed(logits: Tensor2D, labels: Tensor1D, smoothing: number): Scalar {
  const logProbabilities = logSoftmax(logits, -1); // [R,V]
  const counted = cast(greaterEqual(labels, 0), "float32"); // [R]
  // Ignored rows point at class 0 and are weighted by 0: not every backend's oneHot takes negative numbers.
  const classes = maximum(labels, scalar(0, "int32"));
  const target = cast(oneHot(cast(classes, "int32"), logits.shape[1]), "float32");
  const ofLabel = sum(mul(logProbabilities, target), -1); // [R]
  const likelihood =
    smoothing === 0 ? ofLabel : add(mul(ofLabel, 1 - smoothing), mul(mean(logProbabilities, -1), smoothing));
  return neg(div(sum(mul(likelihood, counted)), maximum(sum(counted), 1)));
}
