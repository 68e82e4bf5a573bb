import { parseOptions, type BiasPosition, positiveCount } from "@attention-lab/attention";
import { invalid, positiveInteger, scope } from "@attention-lab/tensors";
import { abs, mul, neg, reshape, type Tensor, type Tensor2D, tensor2d } from "@tensorflow/tfjs-core";
import { z } from "zod";
import { definePosition, type PositionSite } from "./position-variant.ts";

/**
 * - `symmetric`: -slope * |key - query|, which favours near keys on both sides. On the keys that a causal layer sees it is the paper's.
 * - `signed`: slope * (key - query), BLOOM's and MPT's up to a constant per query, which softmax does not see. Without a causal mask it
 *   rewards keys the more the later they are.
 */
const forms = ["symmetric", "signed"] as const;
export type AlibiForm = (typeof forms)[number];

const schema = z.strictObject({ form: z.enum(forms).default("symmetric"), biasedHeads: positiveCount.exactOptional() });
export interface AlibiOptions {
  readonly form: AlibiForm;
  /** The first heads that have a bias, with the slopes of so many heads; the others see no distance (x-transformers). Default: all. */
  readonly biasedHeads?: number;
}

const who = "alibi position";

/**
 * Slopes of `heads` heads (Press et al. 2022, section 3): 2^(-8/heads), its square, and so on to 2^-8. Where `heads` is no power of two,
 * as in the authors' code: the slopes of the power of two below it, then the first, third, ... of twice as many heads.
 */
export function alibiSlopes(heads: number): number[] {
  positiveInteger("alibiSlopes", "heads", heads);
  const power = 2 ** Math.floor(Math.log2(heads));
  return Array.from({ length: heads }, (_, head) =>
    head < power ? 2 ** ((-8 * (head + 1)) / power) : 2 ** ((-4 * (2 * (head - power) + 1)) / power),
  );
}

/**
 * ALiBi, attention with linear biases (Press et al. 2022): a fixed penalty on distance, a slope for each head, added to the scaled
 * scores. No parameters and no longest sequence; needs a variant that forms scores (`scoreBias`).
 */
export const alibi = definePosition({
  name: "alibi",
  paper:
    "Press, Smith and Lewis, Train Short, Test Long: Attention with Linear Biases Enables Input Length Extrapolation, 2022",
  parse: (raw: unknown): AlibiOptions => parseOptions(who, schema, raw),
  build({ form, biasedHeads }: AlibiOptions, { heads }: PositionSite): BiasPosition {
    positiveInteger(who, "heads", heads);
    const biased = positiveInteger(who, "biasedHeads", biasedHeads ?? heads);
    if (biased > heads) throw invalid(who, `biasedHeads must be at most the layer's ${heads} heads`, biased);
    const slopes = [...alibiSlopes(biased), ...Array.from({ length: heads - biased }, () => 0)];
    return {
      name: "alibi",
      parameters: {},
      bias: {
        at: (offsets: Tensor) =>
          scope("alibi", () => {
            const row = reshape(offsets, [1, -1]);
            return mul<Tensor2D>(tensor2d(slopes, [heads, 1]), form === "symmetric" ? neg(abs(row)) : row); // [H,n]
          }),
      },
    };
  },
});
