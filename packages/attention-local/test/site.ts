import type { Site } from "@attention-lab/attention";

export const siteOf = (changes: Partial<Site> = {}): Site => ({
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
});
