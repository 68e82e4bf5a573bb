import {
  defineAttention,
  parseOptions,
  patternCost,
  patternMechanism,
  positiveCount,
  type Site,
  wholeCount,
} from "@attention-lab/attention";
import type { Pattern } from "@attention-lab/ops";
import { z } from "zod";
import { type BlockLocalOptions, blockWindowRule } from "./block-window-rule.ts";
import { localSupports } from "./supports.ts";

const who = "blockLocal attention";
const schema = z.strictObject({ block: positiveCount, lookBackward: wholeCount, lookForward: wholeCount });

/**
 * Block-local attention (blocks as in Parmar et al. 2018, "Image Transformer", section 4.2; looking to whole neighbouring blocks as in the package
 * local-attention): exact softmax over the query's own block and its neighbours, S(i) = {j : -lookForward <= floor(i / block) - floor(j / block) <= lookBackward},
 * so the reach depends on the place in the block. Time O(n w D) with w = block (lookBackward + 1 + lookForward), memory O(n D). The last
 * block may be short, and a block longer than the sequence is full attention.
 */
export const blockLocal = defineAttention({
  name: "blockLocal",
  paper: "Parmar et al. 2018, Image Transformer, https://arxiv.org/abs/1802.05751",
  version: 1,
  supports: localSupports,
  parse: (raw): BlockLocalOptions => parseOptions(who, schema, raw),
  build(options, site) {
    const pattern = patternOf(options, site);
    // A step sees all that `keep` leaves: whole blocks behind it and its own up to itself.
    return patternMechanism(site, {
      pattern: () => pattern,
      keep: (positions) => keptAfter(options, positions),
      cachePattern: { causal: true },
    });
  },
  cost(options, site, lengths) {
    const held = keptAfter(options, lengths.queries);
    return patternCost(site, lengths, { pattern: patternOf(options, site), held });
  },
  pattern: patternOf,
});

function patternOf(options: BlockLocalOptions, { causal }: Site): Pattern {
  return { causal, sparse: blockWindowRule(parseOptions(who, schema, options)) };
}

/** How many of the positions so far the next one sees. */
function keptAfter({ block, lookBackward }: BlockLocalOptions, positions: number): number {
  const first = (Math.floor(positions / block) - lookBackward) * block;
  return positions - Math.max(0, first);
}
