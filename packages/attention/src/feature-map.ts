import {
  add,
  div,
  mul,
  reshape,
  sub,
  sum,
  tensor,
  type Tensor2D,
  type Tensor4D,
  transpose,
  zeros,
} from "@tensorflow/tfjs-core";
import type { Parameters } from "@attention-lab/nn";
import { featureAttention, visibleMask } from "@attention-lab/ops";
import { invalid, matMulHeads, repeatHeads } from "@attention-lab/tensors";
import type { Call, Cost, Lengths, Mechanism, Site, Stepwise } from "./contract.ts";

/** What a feature map may look at besides the vectors themselves. */
export interface FeatureContext {
  readonly role: "query" | "key";
  /** [B,M], 1 = a real key: a stabiliser taken over keys must leave padding out. Keys only. */
  readonly keyPadding?: Tensor2D;
  /** Position of row 0: 0 in the full form, the step's position in the stepwise form. */
  readonly start: number;
}

export interface FeatureMapOptions {
  /**
   * [B,H,L,D] (queries, H heads) or [B,KH,L,D] (keys) -> non-negative features [B,·,L,F]. Scaling by headDim^(-1/4) is the map's
   * business. At a causal site a key's features must not depend on later keys, and where the variant claims `stepwise`, not on earlier ones either.
   */
  readonly map: (x: Tensor4D, context: FeatureContext) => Tensor4D;
  /** F, the last axis of what `map` returns. */
  readonly featureCount: number;
  /** Added to the denominator. */
  readonly epsilon: number;
  /** Trainable variables of the map. */
  readonly parameters?: Parameters;
}

/**
 * Attention by a feature map (Katharopoulos et al. 2020, eq. 5 and 9-12; Choromanski et al. 2021, eq. 4):
 * out_i = phi(q_i) . sum_j phi(k_j) (x) v_j / (phi(q_i) . sum_j phi(k_j) + epsilon), the sums over all keys, or over j <= i when causal.
 * Time O(n F D), state O(F D). Padding keys have no say; a query that sees padding alone gives 0.
 */
export function featureMapMechanism(site: Site, options: FeatureMapOptions): Mechanism {
  const { epsilon } = options;
  return {
    parameters: options.parameters ?? {},
    attend(call) {
      const { qf, kf, v } = featuresOf(call, site, options);
      return featureAttention({ qf, kf, v }, { causal: site.causal, epsilon });
    },
    weights(call) {
      const { qf, kf, real } = featuresOf(call, site, options);
      const products = matMulHeads(qf, repeatHeads(kf, site.heads), false, true); // [B,H,N,M]
      const seen = site.causal ? mul(products, causalMask(call)) : products;
      const weights = div(seen, add(sum(seen, -1, true), epsilon));
      return (real === undefined ? weights : mul(weights, real)) as Tensor4D;
    },
    stepwise: stepwiseOf(site, options),
  };
}

/**
 * What a padding key's features become. Not 0: a query that sees padding alone would divide 0 by 0. Its square is still a float32, which
 * the gradient of a quotient needs, and beside any real key it is nothing.
 */
const paddingFeature = 1e-15;

function featuresOf({ q, k, v, keyPadding, queryOffset }: Call, site: Site, { map }: FeatureMapOptions) {
  if (site.causal && queryOffset !== 0) {
    throw invalid("feature map attention", "a causal call starts at position 0 (decode with stepwise)", queryOffset);
  }
  const qf = map(q, { role: "query", start: 0 });
  if (keyPadding === undefined) return { qf, kf: map(k, { role: "key", start: 0 }), v, real: undefined };
  const [batch, keys] = keyPadding.shape;
  const real = reshape(keyPadding, [batch, 1, keys, 1]);
  // Before the map too: a map of exponentials makes infinity of what padding may hold, and 0 times infinity is NaN.
  const mapped = map(mul(k, real) as Tensor4D, { role: "key", start: 0, keyPadding });
  const kf = add(mul(mapped, real), mul(sub(1, real), paddingFeature)) as Tensor4D;
  return { qf, kf, v: mul(v, real) as Tensor4D, real: transpose(real, [0, 1, 3, 2]) };
}

function causalMask({ q, k, queryOffset }: Call): Tensor4D {
  const queries = q.shape[2];
  const keys = k.shape[2];
  const seen = visibleMask({ causal: true }, { heads: 1, queries, keys, queryOffset });
  return tensor(Float32Array.from(seen), [1, 1, queries, keys]);
}

/** The recurrent form (Katharopoulos et al. 2020, eq. 16-20): the state does not grow. */
function stepwiseOf(site: Site, { map, featureCount, epsilon }: FeatureMapOptions): Stepwise {
  const { heads, keyValueHeads, valueDim } = site;
  return {
    start: (batch) => ({
      sums: zeros([batch, keyValueHeads, featureCount, valueDim]),
      normaliser: zeros([batch, keyValueHeads, featureCount, 1]),
    }),
    step(state, { q, k, v, position }) {
      const kf = map(k, { role: "key", start: position }); // [B,KH,1,F]
      const column = reshape(kf, [kf.shape[0], keyValueHeads, featureCount, 1]) as Tensor4D;
      const sums = add(state["sums"] as Tensor4D, matMulHeads(column, v)) as Tensor4D; // [B,KH,F,Dv]
      const normaliser = add(state["normaliser"] as Tensor4D, column) as Tensor4D; // [B,KH,F,1]
      const qf = map(q, { role: "query", start: position }); // [B,H,1,F]
      const numerator = matMulHeads(qf, repeatHeads(sums, heads));
      const denominator = add(matMulHeads(qf, repeatHeads(normaliser, heads)), epsilon);
      return { output: div(numerator, denominator) as Tensor4D, state: { sums, normaliser } };
    },
  };
}

/**
 * Cost of the contraction, without the map itself: each key adds F x Dv products to the sums and F to the normaliser, each query reads as
 * many. A causal query also scores the keys of its own chunk, and the sums are made for each segment and again along it: `causalWork`.
 * `peakBytes` holds both feature matrices, the output and the sums.
 */
export function featureMapCost(site: Site, { batch, queries, keys }: Lengths, featureCount: number): Cost {
  const { heads, keyValueHeads, valueDim, causal } = site;
  const [queryRows, keyRows] = [batch * heads * queries, batch * keyValueHeads * keys];
  const sums = featureCount * (valueDim + 1);
  const { pairs, summed } = causalWork(queries, batch * keyValueHeads);
  const adding = sums * (causal ? batch * keyValueHeads * summed : keyRows);
  const scoring = causal ? batch * heads * pairs * (featureCount + valueDim) : 0;
  const state = batch * keyValueHeads * sums;
  return {
    flops: 2 * (sums * queryRows + adding + scoring),
    peakBytes: 4 * (featureCount * (queryRows + keyRows) + queryRows * (valueDim + 1) + state),
    parameters: 0,
    stateBytes: 4 * state,
  };
}

/** Positions that the engines' causal form handles at once, and the chunks of the shortest segment. */
const [chunk, shortest] = [48, 8];
/** How many units of work, segments times heads, they want at least. */
const units = 8;

/**
 * What the engines' causal form does for one head of `length` positions: the pairs that it scores inside chunks, and how many positions it adds
 * to sums. A segment's own sums are needed by later segments alone, and the running ones by later chunks of the same segment alone.
 */
function causalWork(length: number, keyHeads: number): { readonly pairs: number; readonly summed: number } {
  const segments = Math.max(1, Math.min(Math.ceil(units / keyHeads), Math.floor(length / (shortest * chunk))));
  const segment = Math.ceil(length / segments / chunk) * chunk;
  const rest = length % chunk;
  const lastChunks = (Math.ceil(length / segment) - 1) * chunk + (rest === 0 ? chunk : rest);
  return {
    pairs: (length - rest) * chunk + rest ** 2,
    summed: Math.min(length, (segments - 1) * segment) + length - lastChunks,
  };
}
