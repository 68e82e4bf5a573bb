import { add, clone, keep, mean, mul, softplus, type Tensor4D } from "@tensorflow/tfjs-core";
import {
  defineAttention,
  featureMapCost,
  featureMapMechanism,
  type Mechanism,
  parseOptions,
} from "@attention-lab/attention";
import { featureOracle, type Oracle } from "@attention-lab/attention/testkit";
import { z } from "zod";

const schema = z.strictObject({
  fault: z.enum(["none", "future", "operations", "leak", "padding", "normaliser", "grouped"]).optional(),
});
const noScores = "scores are never formed";

/**
 * A user's variant, in a file of its own: kernel attention with the map softplus. Each `fault` is what a user might get wrong.
 */
export const averaged = defineAttention({
  name: "averaged",
  paper: "after Katharopoulos et al. 2020, Transformers are RNNs",
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
    stepwise: "not written yet",
    weights: "not written yet",
  },
  parse: (raw) => parseOptions("averaged attention", schema, raw),
  build({ fault }, site): Mechanism {
    const right = featureMapMechanism(fault === "future" ? { ...site, causal: false } : site, {
      map: (x) => softplus(x),
      featureCount: site.headDim,
      epsilon: fault === "normaliser" ? 0.5 : 1e-6,
    });
    return {
      parameters: {},
      attend(call) {
        if (fault === "padding")
          return right.attend({ ...call, v: add(call.v, mul(mean(call.v, 2, true), 0.1)) as Tensor4D });
        if (fault === "grouped" && site.heads !== site.keyValueHeads) return mul(right.attend(call), 2) as Tensor4D;
        if (fault === "leak") keep(clone(call.q));
        return right.attend(call);
      },
    };
  },
  cost({ fault }, site, lengths) {
    const right = featureMapCost(site, lengths, site.headDim);
    return fault === "operations" ? { ...right, flops: right.flops / 3 } : right;
  },
});

/** Its definition in float64, which `attn check` finds by this name. */
export const oracle = (_options: Parameters<typeof averaged>[0]): Oracle => {
  return (call) =>
    featureOracle(call, { map: (rows) => rows.map((row) => row.map((x) => Math.log1p(Math.exp(x)))), epsilon: 1e-6 });
};
