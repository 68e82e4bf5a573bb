import type { Site } from "../contract.ts";

/** A site for a variant's own tests, small and with every size different: 2 heads over 1 key-value head, D = 4, Dv = 3, a scale that is no default. */
export function smallSite(changes: Partial<Site> = {}): Site {
  return {
    heads: 2,
    keyValueHeads: 1,
    headDim: 4,
    valueDim: 3,
    scale: 0.5,
    maxLength: 64,
    causal: false,
    dropout: 0,
    seed: 1,
    ...changes,
  };
}
