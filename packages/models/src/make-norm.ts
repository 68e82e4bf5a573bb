import { LayerNorm, RMSNorm } from "@attention-lab/nn";
import type { NormKind } from "./options.ts";

export type Norm = LayerNorm | RMSNorm;

/** What the norms of one model share. */
export interface NormStyle {
  readonly normKind?: NormKind | undefined;
  readonly normEpsilon?: number | undefined;
}

export function makeNorm(name: string, width: number, { normKind = "layer", normEpsilon }: NormStyle): Norm {
  const options = { name, width, ...(normEpsilon === undefined ? {} : { epsilon: normEpsilon }) };
  return normKind === "layer" ? new LayerNorm(options) : new RMSNorm(options);
}
