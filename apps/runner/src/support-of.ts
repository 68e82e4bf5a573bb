import { supportTable, type SupportRow } from "@attention-lab/catalog";

/** The rows of the support table that some variants have. */
export function supportOf(variants: ReadonlySet<string>): Record<string, SupportRow["supports"]> {
  return Object.fromEntries(
    supportTable().flatMap(({ variant, supports }) => (variants.has(variant) ? [[variant, supports]] : [])),
  );
}
