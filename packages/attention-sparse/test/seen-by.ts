import type { Attention, Site } from "@attention-lab/attention";
import { visible } from "@attention-lab/ops";

/** The pattern that a variant declares, as rows of 0 and 1 for one head. */
export function seenBy(attention: Attention, site: Site, length: number, head = 0): number[][] {
  const pattern = attention.pattern!(site, length);
  return Array.from({ length }, (_, query) =>
    Array.from({ length }, (_, key) => Number(visible(pattern, { head, query, key, queryOffset: 0 }))),
  );
}
