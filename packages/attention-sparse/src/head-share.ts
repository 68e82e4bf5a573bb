import { invalid } from "@attention-lab/tensors";
import type { Part } from "./parts.ts";

/**
 * How the heads of a layer share the two factors of a Sparse Transformer (Child et al. 2019, section 4.3): "merged", each head attends to both at once;
 * "split", even heads to the first factor and odd heads to the second.
 */
export type HeadShare = "merged" | "split";
export const headShares = ["merged", "split"] as const;

/** The parts of a head, of its two factors. */
export function sharedParts(
  who: string,
  share: HeadShare,
  heads: number,
  factors: (head: number) => readonly [readonly Part[], readonly Part[]],
): (head: number) => readonly Part[] {
  if (!headShares.includes(share)) throw invalid(who, `share must be ${headShares.join(" or ")}`, share);
  if (share === "split" && heads < 2) throw invalid(who, 'share: "split" needs at least 2 heads', heads);
  const lists = Array.from({ length: heads }, (_, head) => {
    const [first, second] = factors(head);
    if (share === "merged") return [...first, ...second];
    return head % 2 === 0 ? first : second;
  });
  return (head) => lists[head] ?? [];
}
