import { parseOptions, positiveCount, type RelativePosition } from "@attention-lab/attention";
import { parameter } from "@attention-lab/nn";
import { deriveSeed, invalid, positiveInteger, randomNormal } from "@attention-lab/tensors";
import { z } from "zod";
import { definePosition, type PositionSite } from "./position-variant.ts";

/** `separate` tables for keys and values (the paper), one `shared` by both (OpenNMT-py), or `none` for values (Wav2Vec2-BERT, BERT). */
const valueTables = ["separate", "shared", "none"] as const;
export type ShawValues = (typeof valueTables)[number];
/** `query`: q_n . a_r (the paper, BERT's "relative_key"). `both`: k_m . a_r as well (BERT's "relative_key_query"). */
const sides = ["query", "both"] as const;
export type ShawSides = (typeof sides)[number];

const schema = z.strictObject({
  clip: positiveCount.default(16),
  values: z.enum(valueTables).default("separate"),
  sides: z.enum(sides).default("query"),
  perLayer: z.boolean().default(true),
  deviation: z.number().positive().exactOptional(),
});
export interface ShawOptions {
  /** Distances beyond it are told apart no more; 16 in the paper's base model. */
  readonly clip: number;
  readonly values: ShawValues;
  readonly sides: ShawSides;
  /** Whether every layer has tables of its own, as in the paper. */
  readonly perLayer: boolean;
  /** Standard deviation of the initial values; 1/sqrt(headDim) unless given. */
  readonly deviation?: number;
}

const who = "shaw position";

/**
 * Relative position representations (Shaw et al. 2018, equations 3 and 4): a trainable vector for each clipped offset r = clip(m - n), shared by
 * all heads. Scores gain scale q_n . keys[r], outputs the sum over m of weight(n, m) values[r]. Needs a variant that forms scores
 * (`relativeContent`). No longest sequence. Parameters: keys and (where separate) values [2 clip + 1, headDim].
 */
export const shaw = definePosition({
  name: "shaw",
  paper: "Shaw, Uszkoreit and Vaswani, Self-Attention with Relative Position Representations, 2018, section 3",
  parse: (raw: unknown): ShawOptions => parseOptions(who, schema, raw),
  perLayer: ({ perLayer }) => perLayer,
  build({ clip, values, sides, deviation }: ShawOptions, { headDim, seed }: PositionSite): RelativePosition {
    positiveInteger(who, "clip", clip);
    positiveInteger(who, "headDim", headDim);
    if (deviation !== undefined && !(deviation > 0)) throw invalid(who, "deviation must be positive", deviation);
    const table = (name: string) =>
      parameter(() =>
        randomNormal(deriveSeed(seed, name), [2 * clip + 1, headDim], 0, deviation ?? 1 / Math.sqrt(headDim)),
      );
    const keys = table("keys");
    if (values === "none") return { name: "shaw", parameters: { keys }, relative: { clip, keys, sides } };
    const shared = values === "shared" ? keys : table("values");
    const parameters = values === "shared" ? { keys } : { keys, values: shared };
    return { name: "shaw", parameters, relative: { clip, keys, values: shared, sides } };
  },
});
