import { defineAttention, parseOptions, patternMechanism, positiveCount, type Site } from "@attention-lab/attention";
import { invalid } from "@attention-lab/tensors";
import { z } from "zod";
import { type HeadShare, headShares, sharedParts } from "./head-share.ts";
import { keysAmong, queriesAmong, sameGroup } from "./parts.ts";
import { sequenceSupports } from "./supports.ts";
import { unionCost } from "./union-cost.ts";
import { type Union, unionPattern } from "./union-rule.ts";

const who = "fixed attention";
const schema = z.strictObject({
  stride: positiveCount,
  summary: positiveCount,
  subblocks: positiveCount.optional(),
  horizontal: z.boolean().optional(),
  block: positiveCount.optional(),
  share: z.enum(headShares).optional(),
});

export interface FixedOptions {
  /** The paper's l: positions of a group, in blocks. */
  readonly stride: number;
  /** The paper's c: how many positions at the end of each group all later queries see, in blocks. */
  readonly summary: number;
  /** How many different subblocks of `summary` positions the heads take in turn, counted from the end of the group; 1 by default: all take the last. */
  readonly subblocks?: number;
  /** Whether summary positions, as queries, see every key too; only where the layer is not causal. False by default. */
  readonly horizontal?: boolean;
  /** Positions in a block: the pattern is laid over blocks, which a kernel's tiles can follow. 1 by default, the paper's formula. */
  readonly block?: number;
  /** "merged" by default. In "split", a query of an odd head before the first summary sees nothing and gives 0. */
  readonly share?: HeadShare;
}

/**
 * Sparse Transformer, fixed (Child et al. 2019, "Generating Long Sequences with Sparse Transformers", section 4.3): exact softmax over
 * A1 = {j : floor(j / l) = floor(i / l)} and the summaries A2 = {j : l - c <= j mod l < l}, l = `stride`, c = `summary`. A causal layer is the paper's; otherwise
 * both hold in both directions, as in DeepSpeed, whose `horizontal_global_attention` is `horizontal`. O(n (l + n c / l)) pairs. Decoding keeps all keys and values.
 */
export const fixed = defineAttention({
  name: "fixed",
  paper: "Child et al. 2019, Generating Long Sequences with Sparse Transformers, https://arxiv.org/abs/1904.10509",
  version: 1,
  supports: sequenceSupports,
  parse: (raw): FixedOptions => parseOptions(who, schema, raw),
  build(options, site) {
    const pattern = unionPattern(unionOf(options, site), site);
    return patternMechanism(site, { pattern: () => pattern });
  },
  cost: (options, site, lengths) => unionCost(site, lengths, unionOf(options, site)),
  pattern: (options, site) => unionPattern(unionOf(options, site), site),
});

function unionOf(options: FixedOptions, { causal, heads }: Site): Union {
  const parsed = parseOptions(who, schema, options);
  const { stride, summary, subblocks = 1, horizontal = false, block = 1, share = "merged" } = parsed;
  if (summary * subblocks > stride) {
    throw invalid(who, `summary times subblocks must be at most the stride ${stride}`, summary * subblocks);
  }
  if (horizontal && causal) throw invalid(who, "horizontal shows the future: a causal layer must not ask for it", true);
  const parts = sharedParts(who, share, heads, (head) => {
    const first = stride - (1 + (head % subblocks)) * summary;
    const summarises = (position: number) => position % stride >= first && position % stride < first + summary;
    return [[sameGroup(stride)], [keysAmong(summarises), ...(horizontal ? [queriesAmong(summarises)] : [])]];
  });
  const key = `fixed ${stride} ${summary} ${subblocks} ${horizontal ? "horizontal" : ""} ${share}`;
  return { key, perHead: share === "split" || subblocks > 1, block, parts };
}
