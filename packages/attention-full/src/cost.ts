import type { Cost, Lengths, Site } from "@attention-lab/attention";
import { countVisible } from "@attention-lab/ops";

/**
 * Two products per pair, q.k and weight times v: 2 (D + Dv) operations (4 D for equal widths), softmax not counted. Fused skips the pairs
 * that `causal` hides and keeps the output and the log-sum-exp of each row that its gradient needs. Composed computes all pairs in
 * [B,H,N,M] matrices, and copies shared keys and values for each head. A backend without the kernel composes `fused` too.
 */
export function fullCost(implementation: "fused" | "composed", site: Site, lengths: Lengths): Cost {
  const { heads, keyValueHeads, headDim, valueDim, causal } = site;
  const { batch, queries, keys } = lengths;
  const composed = implementation === "composed";
  const pairs = composed ? heads * queries * keys : countVisible({ causal }, { heads, queries, keys, queryOffset: 0 });
  const output = heads * queries * valueDim;
  return {
    flops: 2 * batch * pairs * (headDim + valueDim),
    peakBytes: 4 * batch * (output + (composed ? composedNumbers(site, lengths) : heads * queries)),
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
