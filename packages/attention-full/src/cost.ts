import type { Cost, Lengths, Site } from "@attention-lab/attention";
import { countVisible } from "@attention-lab/ops";

/**
 * Two products per pair, q.k and weight times v: 2 (D + Dv) operations (4 D for equal widths), softmax not counted. Fused skips the pairs
 * that `causal` hides and keeps the output and the log-sum-exp of each row that its gradient needs. Composed computes all pairs in
 * [B,H,N,M] matrices, and copies shared keys and values for each head. A backend without the kernel composes `fused` too. Shaw's tables are met
 * once per query and offset, whatever the number of keys.
 */
export function fullCost(implementation: "fused" | "composed", site: Site, lengths: Lengths): Cost {
  const { heads, keyValueHeads, headDim, valueDim, causal } = site;
  const { batch, queries, keys } = lengths;
  const composed = implementation === "composed";
  const pairs = composed ? heads * queries * keys : countVisible({ causal }, { heads, queries, keys, queryOffset: 0 });
  const output = heads * queries * valueDim;
  const { products, numbers } = relativeNumbers(site, lengths);
  return {
    flops: 2 * batch * (pairs * (headDim + valueDim) + products),
    peakBytes: 4 * batch * (output + numbers + (composed ? composedNumbers(site, lengths) : heads * queries)),
    parameters: 0,
    stateBytes: 4 * batch * keyValueHeads * queries * (headDim + valueDim),
  };
}

/** Numbers alive at the composition's peak, per batch row: products, scaled scores, weights; with a mask, masked scores and their softmax too. */
function composedNumbers(
  { heads, keyValueHeads, headDim, valueDim, causal }: Site,
  { queries, keys }: Lengths,
): number {
  const matrices = causal ? 5 : 3;
  const copies = keyValueHeads === heads ? 0 : heads * keys * (headDim + valueDim);
  return matrices * heads * queries * keys + copies;
}

/** Multiply-adds with Shaw's tables and their results, per batch row. */
function relativeNumbers({ heads, headDim, valueDim, relative }: Site, { queries }: Lengths) {
  if (relative === undefined) return { products: 0, numbers: 0 };
  const results = heads * queries * (2 * relative.clip + 1);
  const hasValues = relative.values !== undefined;
  return { products: results * (headDim + (hasValues ? valueDim : 0)), numbers: results * (hasValues ? 2 : 1) };
}
