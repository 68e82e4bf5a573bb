import { reshape, softmax, type Tensor4D, transpose } from "@tensorflow/tfjs-core";
import {
  type Cost,
  defineAttention,
  type FeatureContext,
  featureMapCost,
  featureMapMechanism,
  type Lengths,
  type Mechanism,
  parseOptions,
  type Site,
} from "@attention-lab/attention";
import { maskedSoftmax, scope } from "@attention-lab/tensors";
import { z } from "zod";
import { linear } from "./linear.ts";

const allPositions = "the keys' softmax over positions looks at all of them, the later ones too";

/**
 * Efficient attention (Shen et al. 2021, "Efficient Attention: Attention with Linear Complexities", eq. 4): out = rho_q(Q) (rho_k(K)^T V), where rho_q is a softmax
 * over each query's channels and rho_k one over the positions of each key channel; performer-pytorch calls it `no_projection`. The weights of a row sum to 1
 * as they are. Time O(n D^2), memory O(n D). `site.scale` is not used, as in the paper.
 */
export const efficient = defineAttention({
  name: "efficient",
  paper: "Shen et al. 2021, Efficient Attention: Attention with Linear Complexities, https://arxiv.org/abs/1812.01243",
  version: 1,
  supports: { ...linear.supports, causal: allPositions, stepwise: allPositions },
  parse: (raw): Record<string, never> => parseOptions("efficient attention", z.strictObject({}), raw),
  build,
  cost,
});

function build(_options: Record<string, never>, site: Site): Mechanism {
  const { parameters, attend, weights } = featureMapMechanism(site, {
    map: (x, context) => (context.role === "query" ? softmax(x) : overPositions(x, context)),
    featureCount: site.headDim,
    epsilon: 0,
  });
  return { parameters, attend, ...(weights === undefined ? {} : { weights }) };
}

/** [B,KH,M,D]: each channel sums to 1 over the real positions. */
function overPositions(keys: Tensor4D, { keyPadding }: FeatureContext): Tensor4D {
  return scope("overPositions", () => {
    const real = keyPadding === undefined ? undefined : reshape(keyPadding, [keyPadding.shape[0], 1, 1, -1]);
    return transpose(maskedSoftmax(transpose(keys, [0, 1, 3, 2]), real) as Tensor4D, [0, 1, 3, 2]);
  });
}

/**
 * The softmaxes multiply nothing. `peakBytes` is reached while the keys' features are made (the queries' are there already; transposing and softmax hold
 * three copies) or in the contraction.
 */
function cost(_options: Record<string, never>, site: Site, lengths: Lengths): Cost {
  const { batch, queries, keys } = lengths;
  const { heads, keyValueHeads, headDim } = site;
  const contraction = featureMapCost(site, lengths, headDim);
  const making = 4 * batch * headDim * (heads * queries + 3 * keyValueHeads * keys);
  return { ...contraction, peakBytes: Math.max(contraction.peakBytes, making), stateBytes: 0 };
}
