import type { Pattern } from "@attention-lab/ops";
import type { Attention, Cost, Lengths, Mechanism, Site, Support, Variant } from "./contract.ts";
import { checkSite } from "./check-site.ts";
import { guard } from "./guard.ts";
import { askedBySite, refuse } from "./refuse.ts";

export interface Definition<Name extends string, S extends Support, O> {
  readonly name: Name;
  /** Citation of the source. */
  readonly paper: string;
  /** Raised when results change: part of a trial's identity. */
  readonly version: number;
  readonly supports: S;
  readonly parse: (raw: unknown) => O;
  build(options: O, site: Site): Mechanism;
  cost(options: O, site: Site, lengths: Lengths): Cost;
  readonly pattern?: (options: O, site: Site, keys: number) => Pattern;
}

/**
 * Makes a variant of its definition. Building at a site that asks for an unsupported feature throws the variant's own
 * sentence, and so does a call that does (padding, queries and keys of different sequences, a sequence beyond `maxLength`):
 * a definition never checks what `supports` already says.
 */
export function defineAttention<const Name extends string, const S extends Support, O>(
  definition: Definition<Name, S, O>,
): Variant<Name, S, O> {
  const { name, paper, version, supports, pattern } = definition;
  const make = (options: O): Attention<S> => ({
    name,
    supports,
    build(site) {
      checkSite(name, site);
      refuse(name, supports, askedBySite(site));
      return guard(name, supports, site, definition.build(options, site));
    },
    cost: (site, lengths) => definition.cost(options, site, lengths),
    ...(pattern === undefined ? {} : { pattern: (site: Site, keys: number) => pattern(options, site, keys) }),
  });
  return Object.assign(make, { variant: name, paper, version, supports, parse: definition.parse });
}
