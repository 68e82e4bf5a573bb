import { concat, cos, mul, range, relu, reshape, sin, type Tensor4D } from "@tensorflow/tfjs-core";
import {
  defineAttention,
  type FeatureContext,
  featureMapCost,
  featureMapMechanism,
  parseOptions,
} from "@attention-lab/attention";
import { featureOracle, type Oracle } from "@attention-lab/attention/testkit";
import { scope } from "@attention-lab/tensors";
import { z } from "zod";

const who = "cosformer attention";
const epsilonRule = { error: "must be a number, 0 or more" };
const schema = z.strictObject({ epsilon: z.number(epsilonRule).min(0, epsilonRule).default(1e-6) });
const noScores = "the scores factorise into a query part and a key part";

export interface CosformerOptions {
  /** Added to the denominator. */
  readonly epsilon: number;
}

/**
 * cosFormer (Qin et al. 2022, "cosFormer: Rethinking Softmax in Attention", eq. 10 to 12): the score of a pair is
 * relu(q_i) . relu(k_j) cos(pi/2 (i - j) / M), which is phi(q_i) . phi(k_j) with phi(x_i) = [relu(x_i) cos(pi i / 2M), relu(x_i) sin(pi i / 2M)].
 * out_i = sum_j score_ij v_j / (sum_j score_ij + epsilon). M is the site's maxLength. Time O(n D^2), decoding state O(D^2).
 */
export const cosformer = defineAttention({
  name: "cosformer",
  paper: "Qin et al. 2022, cosFormer: Rethinking Softmax in Attention, https://arxiv.org/abs/2202.08791",
  version: 1,
  supports: {
    causal: true,
    keyPadding: true,
    crossAttention: true,
    groupedQuery: true,
    scoreBias: `${noScores}: a bias for each offset does not`,
    relativeContent: `${noScores}: a vector for each offset does not`,
    dropout: "no weights are formed that could be dropped",
    anyLength: "beyond maxLength positions the cosine is negative, and so would the weights be",
    stepwise: true,
    weights: true,
  },
  parse: (raw): CosformerOptions => parseOptions(who, schema, raw),
  build: ({ epsilon }, site) =>
    featureMapMechanism(site, {
      map: (x, { start }: FeatureContext) =>
        scope("cosformer features", () => reweighted(relu(x), start, site.maxLength)),
      featureCount: 2 * site.headDim,
      epsilon,
    }),
  cost(_options, site, lengths) {
    const contraction = featureMapCost(site, lengths, 2 * site.headDim);
    // While the keys' features are made: those of the queries, the rectified keys, and both halves beside their concatenation.
    const { batch, queries, keys } = lengths;
    const making = 4 * batch * site.headDim * (2 * site.heads * queries + 5 * site.keyValueHeads * keys);
    return { ...contraction, peakBytes: Math.max(contraction.peakBytes, making) };
  },
});

/** [B,H,L,D] -> [B,H,L,2D]; row 0 has the position `start`. */
function reweighted(x: Tensor4D, start: number, maxLength: number): Tensor4D {
  const length = x.shape[2];
  const angles = reshape(mul(range(start, start + length), Math.PI / (2 * maxLength)), [1, 1, length, 1]);
  return concat([mul(x, cos(angles)), mul(x, sin(angles))], 3) as Tensor4D;
}

/** The definition in float64, by which `attn check` judges outputs and gradients. */
export const oracle = ({ epsilon }: CosformerOptions): Oracle => {
  return (call) =>
    featureOracle(call, {
      epsilon,
      map: (rows) =>
        rows.map((row, i) => {
          const angle = (Math.PI * i) / (2 * call.site.maxLength);
          const rectified = [...row].map((x) => Math.max(0, x));
          return Float64Array.from([
            ...rectified.map((x) => x * Math.cos(angle)),
            ...rectified.map((x) => x * Math.sin(angle)),
          ]);
        }),
    });
};
