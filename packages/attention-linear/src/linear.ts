import {
  type Cost,
  defineAttention,
  featureMapCost,
  featureMapMechanism,
  featureMapSupports,
  type Lengths,
  type Mechanism,
  parseOptions,
  type Site,
} from "@attention-lab/attention";
import { eluPlusOne } from "@attention-lab/ops";
import { invalid } from "@attention-lab/tensors";
import { z } from "zod";

const who = "linear attention";
const epsilonRule = "must be a number, 0 or more";
const schema = z.strictObject({
  epsilon: z.number({ error: epsilonRule }).min(0, { error: epsilonRule }).optional(),
});

export interface LinearAttentionOptions {
  /** Added to the denominator. Default: the authors' 1e-6. */
  readonly epsilon?: number;
}

/**
 * Linear attention (Katharopoulos et al. 2020, "Transformers are RNNs", eq. 5 and, causal, 9-12), with phi(x) = elu(x) + 1 (eq. 7):
 * out_i = phi(q_i) . sum_j phi(k_j) (x) v_j / (phi(q_i) . sum_j phi(k_j) + epsilon), the sums over all keys, or over j <= i when causal.
 * Time O(n D^2), memory O(n D), decoding state O(D^2). Queries and keys enter the map as they are: `site.scale` is not used, as in the paper.
 */
export const linear = defineAttention({
  name: "linear",
  paper: "Katharopoulos et al. 2020, Transformers are RNNs, https://arxiv.org/abs/2006.16236",
  version: 1,
  supports: featureMapSupports("the feature map replaces the scores"),
  parse: (raw): LinearAttentionOptions => parseOptions(who, schema, raw),
  build,
  cost,
});

function build({ epsilon = 1e-6 }: LinearAttentionOptions, site: Site): Mechanism {
  if (!(epsilon >= 0)) throw invalid(who, `epsilon ${epsilonRule}`, epsilon);
  return featureMapMechanism(site, { map: eluPlusOne, featureCount: site.headDim, epsilon });
}

/**
 * The map multiplies nothing. `peakBytes` is that of the contraction, as on the engines, whose kernel makes features in one piece: composed of stock
 * operations, the map holds two parts and their sum while it runs, which may be more.
 */
function cost(_options: LinearAttentionOptions, site: Site, lengths: Lengths): Cost {
  return featureMapCost(site, lengths, site.headDim);
}
