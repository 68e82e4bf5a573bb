import { features, type Feature, type Support } from "@attention-lab/attention";
import { variantsByName } from "./catalog.ts";

/** One variant's row of the support table: `true`, or the sentence that says why not. */
export interface SupportRow {
  readonly variant: string;
  readonly paper: string;
  readonly version: number;
  readonly supports: Support;
}

/** What every variant of the catalogue supports, in the order of `features`; the README tables and `attn list` print it. */
export function supportTable(): SupportRow[] {
  return Object.values(variantsByName).map(({ variant, paper, version, supports }) => ({
    variant,
    paper,
    version,
    supports: Object.fromEntries(features.map((feature) => [feature, supports[feature]])) as Record<
      Feature,
      true | string
    >,
  }));
}
