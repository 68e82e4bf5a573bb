import { mul, softplus as log1pExp, type Tensor4D } from "@tensorflow/tfjs-core";
import { defineAttention, featureMapCost, featureMapMechanism, parseOptions } from "@attention-lab/attention";
import { scope } from "@attention-lab/tensors";
import { z } from "zod";

const who = "softplus attention";
const epsilonRule = { error: "must be a number, 0 or more" };
const schema = z.strictObject({ epsilon: z.number(epsilonRule).min(0, epsilonRule) });
const noScores = "scores are never formed";

export interface SoftplusOptions {
  /** Added to the denominator. */
  readonly epsilon: number;
}

/**
 * Attention by the feature map phi(x) = log(1 + exp(scale x)), element by element (after Katharopoulos et al. 2020, eq. 5 and 7):
 * out_i = phi(q_i) . sum_j phi(k_j) (x) v_j / (phi(q_i) . sum_j phi(k_j) + epsilon). Time O(n D^2), decoding state O(D^2).
 */
export const softplus = defineAttention({
  name: "softplus",
  paper: "after Katharopoulos et al. 2020, Transformers are RNNs, https://arxiv.org/abs/2006.16236",
  version: 1,
  supports: {
    causal: true,
    keyPadding: true,
    crossAttention: true,
    groupedQuery: true,
    scoreBias: noScores,
    relativeContent: noScores,
    dropout: "weights are never formed",
    anyLength: true,
    stepwise: true,
    weights: true,
  },
  parse: (raw): SoftplusOptions => parseOptions(who, schema, raw),
  build: ({ epsilon }, site) =>
    featureMapMechanism(site, {
      map: (x) => scope("softplus features", () => log1pExp(mul(x, site.scale)) as Tensor4D), // [B,H,L,D] -> [B,H,L,F], F = D
      featureCount: site.headDim,
      epsilon,
    }),
  cost: (_options, site, lengths) => featureMapCost(site, lengths, site.headDim),
});
