import { cast, mul, softmax, sub, sum, where, type Tensor } from "@tensorflow/tfjs-core";
import { withGradient } from "./with-gradient.ts";

/** Far below any score, yet finite: a row of nothing but hidden scores stays free of NaN. */
const hidden = -1e30;

/**
 * Softmax over the last axis of `scores` where `visible` is 1; hidden entries are exactly 0. A row with no visible entry is all
 * zeros and passes no gradient (stock softmax over a row of -Infinity is NaN). `visible` holds 0 and 1 (any dtype), broadcasts to the
 * shape of `scores`, and receives no gradient; absent, everything is visible. Hidden scores may be anything, even NaN.
 */
export function maskedSoftmax(scores: Tensor, visible: Tensor | undefined): Tensor {
  return withGradient([scores], (save) => {
    const y = visible === undefined ? softmax(scores) : maskedValues(scores, visible);
    save([y]);
    return { value: y, gradient: softmaxGradient };
  });
}

function maskedValues(scores: Tensor, visible: Tensor): Tensor {
  const kept = where(cast(visible, "bool"), scores, hidden);
  return mul(softmax(kept), cast(visible, "float32"));
}

/** dx = y (dy - sum(y dy)): zero wherever y is. */
function softmaxGradient(dy: Tensor, saved: Tensor[]): Tensor[] {
  const [y] = saved as [Tensor];
  const weighted = mul(dy, y);
  return [sub(weighted, mul(y, sum(weighted, -1, true)))];
}
