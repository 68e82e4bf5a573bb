import {
  type Tensor,
  type Tensor1D,
  argMax,
  cast,
  equal,
  greaterEqual,
  less,
  logicalAnd,
  max,
  mul,
  reshape,
  stack,
  sum,
} from "@tensorflow/tfjs-core";
import { invalid, scope } from "@attention-lab/tensors";
import { crossEntropy } from "./loss.ts";
import type { Scores } from "./objective.ts";

/** What one batch adds to the scores: [summed loss, targets, right targets, rows, right rows], rows with a counted target only. */
export function tally(logits: Tensor, targets: Tensor): Tensor1D {
  return scope("tally", () => {
    const isCounted = greaterEqual(targets, 0);
    const counted = cast(isCounted, "float32"); // [B,...]
    const hits = equal(cast(argMax(logits, -1), "int32"), targets);
    const right = sum(cast(logicalAnd(hits, isCounted), "float32"));
    const wrong = cast(logicalAnd(less(cast(hits, "int32"), 1), isCounted), "float32");
    const targetsCounted = sum(counted);
    const loss = mul(crossEntropy(logits, targets), targetsCounted);
    const perRow = [targets.shape[0] ?? 1, -1];
    const hasTarget = max(reshape(counted, perRow), 1); // [B]
    const hasMiss = max(reshape(wrong, perRow), 1);
    const rows = sum(hasTarget);
    return stack([
      loss,
      targetsCounted,
      right,
      rows,
      sum(mul(hasTarget, cast(equal(hasMiss, 0), "float32"))),
    ]) as Tensor1D;
  });
}

/** Sums of what `tally` reads, as scores. Errors: RangeError when no target was counted. */
export class Tally {
  readonly #sums = [0, 0, 0, 0, 0];

  add(values: ArrayLike<number>): void {
    for (const [i, sum] of this.#sums.entries()) this.#sums[i] = sum + (values[i] ?? 0);
  }

  scores({ sequences, bytesPerTarget }: { readonly sequences: boolean; readonly bytesPerTarget?: number }): Scores {
    const [total = 0, targets = 0, right = 0, rows = 0, rightRows = 0] = this.#sums;
    if (targets === 0) throw invalid("evaluate", "the held-out data must have a target to score", 0);
    const loss = total / targets;
    return {
      loss,
      perplexity: Math.exp(loss),
      accuracy: right / targets,
      ...(sequences ? { exactMatch: rightRows / rows } : {}),
      ...(bytesPerTarget === undefined ? {} : { bitsPerByte: loss / Math.LN2 / bytesPerTarget }),
    };
  }
}
