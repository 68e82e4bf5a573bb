import type { Pattern, Span } from "@attention-lab/ops";
import fc from "fast-check";

export const spanWithin = (length: number): fc.Arbitrary<Span> =>
  fc.tuple(fc.nat(length - 1), fc.nat(length - 1)).map(([a, b]) => ({ first: Math.min(a, b), last: Math.max(a, b) }));

/** What `tile` says too much: "none" beside a pair that is visible, "all" beside one that is not; undefined where it is right. */
export function tileFault({ sparse }: Pattern, head: number, queries: Span, keys: Span): string | undefined {
  const says = sparse?.tile(head, queries, keys);
  for (let query = queries.first; query <= queries.last; query++) {
    for (let key = keys.first; key <= keys.last; key++) {
      const seen = sparse?.visible(head, query, key);
      if (says === (seen === true ? "none" : "all")) return `${says}, though ${query} and ${key} say otherwise`;
    }
  }
  return undefined;
}
