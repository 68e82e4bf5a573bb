import type { Cost, Lengths, Site } from "@attention-lab/attention";
import { countVisible } from "@attention-lab/ops";
import { chunkOf } from "./additive-scores.ts";

interface Hidden {
  /** Width A of the hidden layer. */
  readonly units: number;
  readonly parameters: number;
  /** Numbers besides the projections that are alive while pairs are scored, per head: the sum with a bias, the halves of a matrix. */
  readonly beside: number;
}

/**
 * Cost of v . tanh(W q + U k): projections of queries and keys, one product with v per pair (tanh and the sum inside it are not counted), and the
 * weighted sum of values. All pairs are scored, causal or not.
 */
export function additiveCost(site: Site, lengths: Lengths, hidden: Hidden): Cost {
  const { heads, headDim, valueDim } = site;
  const { batch, queries, keys } = lengths;
  const projections = heads * (queries + keys) * headDim * hidden.units;
  const pairs = heads * queries * keys * (hidden.units + valueDim);
  return {
    flops: 2 * batch * (projections + pairs),
    peakBytes: 4 * additivePeak(site, lengths, hidden),
    parameters: hidden.parameters,
    stateBytes: 0,
  };
}

/** Numbers alive at the largest of the stages: projecting, the last full chunk of scores, their softmax, the weighted sum. */
function additivePeak(site: Site, { batch, queries, keys }: Lengths, { units, beside }: Hidden): number {
  const { heads, keyValueHeads, headDim, valueDim, causal } = site;
  const rows = batch * heads;
  const pairs = rows * queries * keys;
  const copied = (width: number) => (keyValueHeads === heads ? 0 : rows * keys * width);
  const turned = batch > 1 && heads > 1 ? 1 : 0; // heads first, and back
  const projected = rows * units * (queries + keys) + heads * beside + copied(headDim);

  const chunk = Math.min(queries, chunkOf(rows, keys, units));
  const before = (Math.floor(queries / chunk) - 1) * chunk;
  // Both operands of the sum are spread over the pairs, unless one is a single row of them.
  const spread = chunk > 1 && keys > 1 ? 3 : 2;
  const scoring = rows * (chunk * units * (spread * keys + 1) + before * keys);
  // The mask, and what it makes: masked scores, their softmax, its product with the mask.
  const softmax = (causal ? 1.25 * queries * keys + 4 * pairs : 2 * pairs) + turned * pairs;
  return Math.max(
    projected + turned * rows * Math.max(queries, keys) * headDim,
    projected + Math.max(scoring, softmax),
    pairs + copied(valueDim) + rows * queries * valueDim,
  );
}

/** Cost of a dot product per visible pair and the weighted sum of values; "general" projects the queries first. */
export function productCost(
  site: Site,
  { batch, queries, keys }: Lengths,
  { score, learnedScale = false }: { readonly score: "dot" | "general"; readonly learnedScale?: boolean },
): Cost {
  const { heads, headDim, valueDim, causal } = site;
  const general = score === "general";
  const pairs = countVisible({ causal }, { heads, queries, keys, queryOffset: 0 });
  const projection = general ? heads * queries * headDim ** 2 : 0;
  // The output and the log-sum-exp that its gradient needs, and what is made of the queries: projected and turned, or scaled.
  const made = general ? (batch > 1 && heads > 1 ? 2 : 1) : learnedScale ? 1 : 0;
  const numbers = heads * queries * (valueDim + 1 + made * headDim);
  return {
    flops: 2 * batch * (pairs * (headDim + valueDim) + projection),
    peakBytes: 4 * batch * numbers,
    parameters: general ? heads * headDim ** 2 : learnedScale ? heads : 0,
    stateBytes: 0,
  };
}
