import { type Tensor4D, tensor2d } from "@tensorflow/tfjs-core";
import {
  type Cost,
  defineAttention,
  type FeatureContext,
  featureMapCost,
  featureMapMechanism,
  featureMapSupports,
  type Lengths,
  type Mechanism,
  parseOptions,
  positiveCount,
  type Site,
} from "@attention-lab/attention";
import { invalid, positiveInteger, scope } from "@attention-lab/tensors";
import { z } from "zod";
import { directions, type Draw, projectionDraw } from "./draw.ts";
import {
  type Bound,
  hyperbolicFeatures,
  keyBound,
  positiveFeatures,
  reluFeatures,
  sumToOne,
  trigonometricFeatures,
} from "./features.ts";

const who = "performer attention";
const maps = ["positive", "hyperbolic", "trigonometric", "relu"] as const;

export interface PerformerOptions {
  /** Number of random directions F. Hyperbolic and trigonometric features have two columns for each. */
  readonly features: number;
  /** `positive`, `hyperbolic` and `trigonometric` estimate softmax attention; `relu` is a kernel of its own (generalised attention). */
  readonly map: (typeof maps)[number];
  /** Orthogonal directions (lower variance, the paper's choice) or independent ones. */
  readonly orthogonal: boolean;
  /** Added to every feature. Default: the authors' 1e-6 for `positive` and `hyperbolic`, and 1e-3 for `relu`; 0 for `trigonometric`. */
  readonly epsilon?: number;
  /** Added to every component of the sum of key features in the denominator; 0 by default (performer-pytorch's causal form: 1e-6). */
  readonly keySumEpsilon?: number;
  /** For `redraw`: which draw of the directions the layers use. */
  readonly draw?: Draw;
}

const epsilons = { positive: 1e-6, hyperbolic: 1e-6, trigonometric: 0, relu: 1e-3 } as const;

const notNegative = z.number().min(0, { error: "must be a number, 0 or more" });
const schema = z.strictObject({
  features: positiveCount,
  map: z.enum(maps),
  orthogonal: z.boolean(),
  epsilon: notNegative.optional(),
  keySumEpsilon: notNegative.optional(),
});

/**
 * Performer, FAVOR+ (Choromanski et al. 2021, "Rethinking Attention with Performers", eq. 4 and 5, section 2.3):
 * out_i = phi(q_i) . sum_j phi(k_j) (x) v_j / phi(q_i) . sum_j phi(k_j), where phi(q) . phi(k) estimates exp(scale q.k) without bias.
 * Time O(n F D), memory O(n F), decoding state O(F D). One projection serves all heads and batch rows.
 *
 * Stabilisers: queries subtract the maximum of their row. Keys subtract the maximum over the real positions and the features; a causal layer must
 * not look at later keys and subtracts `keyBound`, a constant of the projection, so that an output is a function of its past alone.
 */
export const performer = defineAttention({
  name: "performer",
  paper: "Choromanski et al. 2021, Rethinking Attention with Performers, https://arxiv.org/abs/2009.14794",
  version: 1,
  supports: featureMapSupports("random features replace the scores"),
  parse: (raw): PerformerOptions => parseOptions(who, schema, raw),
  build,
  cost,
});

function build(options: PerformerOptions, site: Site): Mechanism {
  check(options, site);
  const { features, orthogonal, keySumEpsilon = 0 } = options;
  const { seed, headDim: d } = site;
  const current = directions(options.draw ?? projectionDraw(), { seed, rows: features, d, orthogonal });
  return featureMapMechanism(site, {
    featureCount: columnsOf(options),
    epsilon: Math.max(keySumEpsilon, NO_KEYS),
    map: (x, context) =>
      scope(`performer ${context.role} features`, () => {
        const phi = featuresOf(x, current(), { options, site, context });
        return keySumEpsilon > 0 && context.role === "query" ? sumToOne(phi) : phi;
      }),
  });
}

/** Far below any denominator of real keys: it only makes 0 of 0/0 where every key is padding. */
const NO_KEYS = 1e-24;

interface Setting {
  readonly options: PerformerOptions;
  readonly site: Site;
  readonly context: FeatureContext;
}

/** phi(x): [B,H,L,D] -> [B,H,L,F]. The host's directions are uploaded inside the scope (4 F D bytes), so nothing is left to dispose of. */
function featuresOf(x: Tensor4D, values: Float32Array, { options, site, context }: Setting): Tensor4D {
  const { features, map, epsilon = epsilons[map] } = options;
  const { scale, headDim, causal } = site;
  const projection = tensor2d(values, [features, headDim]);
  const fixed = { scale, constantDirections: true };
  const bound = context.role === "query" ? "row" : causal ? dataFreeBound(map, values, headDim) : "sequence";
  switch (map) {
    case "positive":
      return positiveFeatures(x, projection, { ...context, ...fixed, epsilon, bound });
    case "hyperbolic":
      return hyperbolicFeatures(x, projection, { ...context, ...fixed, epsilon, bound });
    case "trigonometric":
      return trigonometricFeatures(x, projection, { ...context, ...fixed, bound });
    case "relu":
      return reluFeatures(x, projection, { ...fixed, epsilon });
  }
}

/** What causal keys subtract: nothing that depends on any key. */
function dataFreeBound(map: PerformerOptions["map"], values: Float32Array, headDim: number): Bound {
  return map === "positive" || map === "hyperbolic" ? keyBound(values, headDim) : 0;
}

/**
 * Each query and key row costs F x D multiply-adds for its features (hyperbolic: 2F x D) besides the contraction. `peakBytes` is that of the contraction, as on the
 * engines, whose kernel makes features in one piece: composed of stock operations, a map holds its products and two stages of the result
 * while it runs, which may be more.
 */
function cost(options: PerformerOptions, site: Site, lengths: Lengths): Cost {
  check(options, site);
  const { batch, queries, keys } = lengths;
  const rows = batch * (site.heads * queries + site.keyValueHeads * keys);
  const products = options.map === "hyperbolic" ? columnsOf(options) : options.features;
  const contraction = featureMapCost(site, lengths, columnsOf(options));
  return { ...contraction, flops: contraction.flops + 2 * rows * products * site.headDim };
}

function columnsOf({ features, map }: PerformerOptions): number {
  return map === "trigonometric" || map === "hyperbolic" ? 2 * features : features;
}

function check({ features, map, epsilon = 0, keySumEpsilon = 0 }: PerformerOptions, { scale }: Site): void {
  positiveInteger(who, "features", features);
  if (!maps.includes(map)) throw invalid(who, `map must be ${maps.join(" or ")}`, map);
  if (!(epsilon >= 0)) throw invalid(who, "epsilon must be a number, 0 or more", epsilon);
  if (map === "trigonometric" && (epsilon > 0 || keySumEpsilon > 0)) {
    throw invalid(
      who,
      "epsilon and keySumEpsilon are for features that are never negative, not trigonometric ones",
      epsilon || keySumEpsilon,
    );
  }
  if (!(keySumEpsilon >= 0)) throw invalid(who, "keySumEpsilon must be a number, 0 or more", keySumEpsilon);
  if (!(scale > 0))
    throw invalid(who, "the scale must be above 0, because both sides are multiplied by its root", scale);
}
