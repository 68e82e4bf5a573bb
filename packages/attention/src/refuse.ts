import type { Attention, Call, Feature, Site, Support } from "./contract.ts";

/** Checks a variant chosen at run time (from a config) for the features that a caller needs, and tells the type system. */
export function accept<S extends Support, const F extends Feature>(
  attention: Attention<S>,
  needs: readonly F[],
): Attention<S & Readonly<Record<F, true>>> {
  refuse(attention.name, attention.supports, needs);
  return attention as Attention<S & Readonly<Record<F, true>>>;
}

/** Throws the variant's own sentence for the first needed feature that it does not support. */
export function refuse(name: string, supports: Support, needs: readonly Feature[]): void {
  for (const feature of needs) {
    const answer = supports[feature];
    if (answer !== true) throw new RangeError(refusal(name, feature, answer));
  }
}

/** The one form of every refusal. */
export function refusal(name: string, feature: Feature, sentence: string): string {
  return `${name} attention cannot honour "${feature}": ${sentence}`;
}

/** The features that a site needs. */
export function askedBySite(site: Site): Feature[] {
  const asked: Feature[] = [];
  if (site.causal) asked.push("causal");
  if (site.keyValueHeads !== site.heads) asked.push("groupedQuery");
  if (site.bias !== undefined) asked.push("scoreBias");
  if (site.relative !== undefined) asked.push("relativeContent");
  if (site.dropout > 0) asked.push("dropout");
  return asked;
}

/** The features that one call needs, as far as its shapes show them: cross-attention with as many keys as queries looks like self-attention. */
export function askedByCall(call: Call, site: Site): Feature[] {
  const asked: Feature[] = [];
  const queries = call.q.shape[2];
  const keys = call.k.shape[2];
  if (call.keyPadding !== undefined) asked.push("keyPadding");
  if (keys !== queries + call.queryOffset) asked.push("crossAttention");
  if (Math.max(queries, keys) > site.maxLength) asked.push("anyLength");
  return asked;
}
