import type { Attention, Site } from "@attention-lab/attention";
import { visible } from "@attention-lab/ops";

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

/** The pattern that a variant declares, as rows of 0 and 1 for one head. */
export function seenBy(attention: Attention, site: Site, length: number, head = 0): number[][] {
  const pattern = attention.pattern!(site, length);
  return Array.from({ length }, (_, query) =>
    Array.from({ length }, (_, key) => Number(visible(pattern, { head, query, key, queryOffset: 0 }))),
  );
}
