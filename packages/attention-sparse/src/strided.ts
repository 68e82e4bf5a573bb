import { defineAttention, parseOptions, patternMechanism, positiveCount, type Site } from "@attention-lab/attention";
import { z } from "zod";
import { type HeadShare, headShares, sharedParts } from "./head-share.ts";
import { band, everyNth } from "./parts.ts";
import { sequenceSupports } from "./supports.ts";
import { unionCost } from "./union-cost.ts";
import { type Union, unionPattern } from "./union-rule.ts";

const who = "strided attention";
const schema = z.strictObject({
  stride: positiveCount,
  block: positiveCount.optional(),
  share: z.enum(headShares).optional(),
});

export interface StridedOptions {
  /** The paper's l, near the root of the length: how far the window reaches and how far apart the other keys lie. In blocks. */
  readonly stride: number;
  /** Positions in a block: the pattern is laid over blocks, which a kernel's tiles can follow. 1 by default, the paper's formula. */
  readonly block?: number;
  /** "merged" by default. */
  readonly share?: HeadShare;
}

/**
 * Sparse Transformer, strided (Child et al. 2019, "Generating Long Sequences with Sparse Transformers", section 4.3): exact softmax over
 * A1 = {j : i - l <= j <= i} and A2 = {j : (i - j) mod l = 0}, l = `stride`. A causal layer is the paper's; otherwise both hold in both directions.
 * O(n (l + n / l)) pairs, n sqrt(n) at l = sqrt(n). With blocks of 1 nearly every tile of a kernel holds some pair of A2: blocks as wide as a tile (64)
 * are what makes it fast, as in the authors' kernels. Decoding keeps all keys and values.
 */
export const strided = defineAttention({
  name: "strided",
  paper: "Child et al. 2019, Generating Long Sequences with Sparse Transformers, https://arxiv.org/abs/1904.10509",
  version: 1,
  supports: sequenceSupports,
  parse: (raw): StridedOptions => parseOptions(who, schema, raw),
  build(options, site) {
    const pattern = unionPattern(unionOf(options, site), site);
    return patternMechanism(site, { pattern: () => pattern });
  },
  cost: (options, site, lengths) => unionCost(site, lengths, unionOf(options, site)),
  pattern: (options, site) => unionPattern(unionOf(options, site), site),
});

function unionOf(options: StridedOptions, { causal, heads }: Site): Union {
  const { stride, block = 1, share = "merged" } = parseOptions(who, schema, options);
  const parts = sharedParts(who, share, heads, () => [[band(stride, causal ? 0 : stride)], [everyNth(stride)]]);
  const key = `strided ${stride} ${causal ? "causal" : "both ways"} ${share}`;
  return { key, perHead: share === "split", block, parts };
}
