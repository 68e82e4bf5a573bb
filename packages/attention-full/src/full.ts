import {
  type Call,
  defineAttention,
  type Mechanism,
  parseOptions,
  patternCall,
  patternMechanism,
  supportsEverything,
} from "@attention-lab/attention";
import { composedAttention } from "@attention-lab/ops";
import { z } from "zod";
import { fullCost } from "./cost.ts";

const who = "full attention";
const schema = z.strictObject({ implementation: z.enum(["fused", "composed"]).optional() });

export interface FullOptions {
  /**
   * `fused` (the default) takes the backend's kernel, O(n) memory, where there is one. `composed` is the textbook: softmax over an N x M
   * matrix, which published curves of memory compare with. The numbers are the same.
   */
  readonly implementation?: "fused" | "composed";
}

/**
 * Scaled dot-product attention (Vaswani et al. 2017, "Attention Is All You Need", eq. 1): out_i = sum_j softmax_j(scale q_i.k_j + bias_ij) v_j.
 * Time O(n^2 D); memory O(n) fused, O(n^2) composed. Fewer key-value heads than heads: grouped-query (Ainslie et al. 2023), one:
 * multi-query (Shazeer 2019); head h reads key-value head floor(h * KH / H). A query that sees no key gives 0.
 */
export const full = defineAttention({
  name: "full",
  paper: "Vaswani et al. 2017, Attention Is All You Need, https://arxiv.org/abs/1706.03762",
  version: 1,
  supports: supportsEverything,
  parse: (raw): FullOptions => parseOptions(who, schema, raw),
  build: ({ implementation = "fused" }, site): Mechanism => {
    const pattern = { causal: site.causal };
    const mechanism = patternMechanism(site, { pattern: () => pattern });
    if (implementation === "fused") return mechanism;
    const attend = (call: Call) => {
      const { inputs, settings } = patternCall(call, site, pattern);
      return composedAttention(inputs, settings);
    };
    return { ...mechanism, attend };
  },
  cost: ({ implementation = "fused" }, site, lengths) => fullCost(implementation, site, lengths),
  pattern: (_options, { causal }) => ({ causal }),
});
