import {
  biasTable,
  type Call,
  defineAttention,
  type Mechanism,
  parseOptions,
  type Site,
} from "@attention-lab/attention";
import {
  type AttentionInputs,
  type AttentionOptions,
  attentionWeights,
  composedAttention,
  patternAttention,
} from "@attention-lab/ops";
import { z } from "zod";
import { keyValueCache } from "./cache.ts";
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
  supports: {
    causal: true,
    keyPadding: true,
    crossAttention: true,
    groupedQuery: true,
    scoreBias: true,
    relativeContent: "Shaw's tables are not read by this version; a bias by offset (scoreBias) is",
    dropout: true,
    anyLength: true,
    stepwise: true,
    weights: true,
  },
  parse: (raw): FullOptions => {
    const { implementation } = parseOptions(who, schema, raw);
    return implementation === undefined ? {} : { implementation };
  },
  build: ({ implementation = "fused" }, site): Mechanism => {
    const attention = implementation === "fused" ? patternAttention : composedAttention;
    const answer = (call: Call) => attention(inputsOf(call, site), settingsOf(call, site));
    return {
      parameters: {},
      attend: answer,
      weights: (call) => attentionWeights(inputsOf(call, site), settingsOf(call, site)),
      ...(site.causal ? { stepwise: keyValueCache(answer) } : {}),
    };
  },
  cost: ({ implementation = "fused" }, site, lengths) => fullCost(implementation, site, lengths),
  pattern: (_options, { causal }) => ({ causal }),
});

function inputsOf({ q, k, v, keyPadding, queryOffset }: Call, site: Site): AttentionInputs {
  const bias = biasTable(site, { queries: q.shape[2], keys: k.shape[2], queryOffset });
  return { q, k, v, keyPadding, bias };
}

function settingsOf({ queryOffset, training, step }: Call, { causal, scale, dropout, seed }: Site): AttentionOptions {
  const drops = training && dropout > 0;
  return { pattern: { causal }, scale, queryOffset, dropout: drops ? { rate: dropout, seed, step } : undefined };
}
