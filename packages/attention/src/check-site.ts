import { invalid, positiveInteger } from "@attention-lab/tensors";
import type { Call, Site } from "./contract.ts";

/** Throws one sentence for a site that no variant can be built at. */
export function checkSite(name: string, site: Site): void {
  const who = `${name} attention`;
  for (const size of ["heads", "keyValueHeads", "headDim", "valueDim", "maxLength"] as const) {
    positiveInteger(who, size, site[size]);
  }
  const { heads, keyValueHeads, dropout } = site;
  if (heads % keyValueHeads !== 0) throw invalid(who, `keyValueHeads must divide heads (${heads})`, keyValueHeads);
  if (!(dropout >= 0 && dropout < 1)) throw invalid(who, "dropout must be from 0 to below 1", dropout);
}

/** Throws one sentence for a call without queries or keys: a softmax over nothing, or a mean of nothing, has no value. */
export function checkCall(name: string, { q, k }: Call): void {
  for (const [what, count] of Object.entries({ queries: q.shape[2], keys: k.shape[2] })) {
    if (count === 0) throw invalid(`${name} attention`, `${what} must be at least 1`, count);
  }
}
