import { parseOptions, type BiasPosition, positiveCount } from "@attention-lab/attention";
import { parameter } from "@attention-lab/nn";
import { embeddingLookup } from "@attention-lab/ops";
import { positiveInteger, randomNormal, scope } from "@attention-lab/tensors";
import {
  add,
  cast,
  clipByValue,
  gather,
  mul,
  type Tensor,
  tensor1d,
  type Tensor2D,
  transpose,
} from "@tensorflow/tfjs-core";
import { z } from "zod";
import { definePosition, type PositionSite } from "./position-variant.ts";
import { checkBuckets, t5Bucket, type T5Buckets, t5Directions } from "./t5-bucket.ts";

const schema = z.strictObject({
  buckets: positiveCount.default(32),
  maxDistance: positiveCount.default(128),
  direction: z.enum(t5Directions).default("bidirectional"),
  biasScale: z.number().default(1),
  deviation: z.number().positive().exactOptional(),
});
export interface T5Options extends T5Buckets {
  /** Multiplies the table. 1 is T5; x-transformers, which scales its scores, takes sqrt(headDim). */
  readonly biasScale: number;
  /** Standard deviation of the initial values. Default: 1/sqrt(dModel), Hugging Face's. */
  readonly deviation?: number;
}

const who = "t5 position";

/**
 * T5's relative position bias (Raffel et al. 2020, section 2.1): a trainable number for each head and each bucket of offsets, added to the
 * scores; needs a variant that forms scores (`scoreBias`). Parameter: weight [buckets, heads], one table for all layers of a model.
 *
 * T5 itself does not divide its scores by sqrt(headDim), and puts no bias on cross-attention: give `MultiHeadAttention` a scale of 1 to
 * compute what it computes.
 */
export const t5 = definePosition({
  name: "t5",
  paper:
    "Raffel et al., Exploring the Limits of Transfer Learning with a Unified Text-to-Text Transformer, 2020, section 2.1",
  parse: (raw: unknown): T5Options => parseOptions(who, schema, raw),
  build(options: T5Options, { dModel, heads, seed }: PositionSite): BiasPosition {
    const { buckets, maxDistance, biasScale, deviation = 1 / Math.sqrt(dModel) } = options;
    positiveInteger(who, "heads", heads);
    checkBuckets(who, options);
    const weight = parameter(() => randomNormal(seed, [buckets, heads], 0, deviation));
    // Buckets are worked out here once, in float64: a float32 logarithm on the device may fall on the other side of a boundary.
    const bucketOf = Int32Array.from({ length: 2 * maxDistance + 1 }, (_, i) => t5Bucket(i - maxDistance, options));
    return {
      name: "t5",
      parameters: { weight },
      bias: {
        at: (offsets: Tensor) =>
          scope("t5", () => {
            const index = cast(add(clipByValue(offsets, -maxDistance, maxDistance), maxDistance), "int32"); // [n]
            const rows = embeddingLookup(weight as Tensor2D, gather(tensor1d(bucketOf, "int32"), index)); // [n,H]
            return transpose(mul<Tensor2D>(rows, biasScale)); // [H,n]
          }),
      },
    };
  },
});
