import type { Lengths, Site } from "@attention-lab/attention";
import type { TrialConfig } from "@attention-lab/results/store";

type Shape = Pick<TrialConfig, "batch" | "heads" | "headDim" | "length" | "causal" | "seed">;

/** The unit that a trial measures is one attention layer without its linear maps: self-attention, no padding, no bias. */
export function siteOf({ heads, headDim, length, causal, seed }: Shape): Site {
  return {
    heads,
    keyValueHeads: heads,
    headDim,
    valueDim: headDim,
    scale: 1 / Math.sqrt(headDim),
    maxLength: length,
    causal,
    dropout: 0,
    seed,
  };
}

export function lengthsOf({ batch, length }: Shape): Lengths {
  return { batch, queries: length, keys: length };
}
