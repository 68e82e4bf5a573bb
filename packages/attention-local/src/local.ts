import {
  defineAttention,
  parseOptions,
  patternCost,
  patternMechanism,
  type WindowOptions,
  windowPattern,
  windowReach,
  windowShape,
} from "@attention-lab/attention";
import { z } from "zod";
import { localSupports } from "./supports.ts";

const who = "local attention";
const schema = z.strictObject(windowShape);

/** `after: 0` is the one-sided window, `before` = `after` the symmetric one. */
export type LocalOptions = WindowOptions;

/**
 * Sliding-window attention (Beltagy et al. 2020, section 3.1; as a causal window in Child et al. 2019, section 4.2): exact softmax over the keys around
 * the query, out_i = softmax(scale q_i K_S(i)^T) V_S(i), S(i) = {i + dilation * s, -before <= s <= after}, cut at the ends of the sequence.
 * Time O(n w D) with w = before + after + 1, memory O(n D), decoding state of before * dilation keys and values. A window wider than the sequence
 * is full attention; before = after = 0 leaves each query its own value.
 */
export const local = defineAttention({
  name: "local",
  paper: "Beltagy et al. 2020, Longformer: The Long-Document Transformer, https://arxiv.org/abs/2004.05150",
  version: 1,
  supports: localSupports,
  parse: (raw): LocalOptions => parseOptions(who, schema, raw),
  build(options, site) {
    const pattern = windowPattern(who, options, site);
    return patternMechanism(site, { pattern: () => pattern, keep: () => windowReach(options) });
  },
  cost(options, site, lengths) {
    const held = Math.min(lengths.queries, windowReach(options));
    return patternCost(site, lengths, { pattern: windowPattern(who, options, site), held });
  },
  pattern: (options, site) => windowPattern(who, options, site),
});
