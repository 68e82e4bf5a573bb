import type { Pattern, SparseRule, Span } from "@attention-lab/ops";
import type { Part } from "./parts.ts";

/** A pattern laid over blocks: a query sees what any of its head's parts shows. */
export interface Union {
  /** Names the rule and all that it depends on. */
  readonly key: string;
  readonly perHead: boolean;
  /** Positions in one unit of the parts. */
  readonly block: number;
  /** The same list for the same head, whenever it is asked. */
  readonly parts: (head: number) => readonly Part[];
}

export function unionPattern(union: Union, { causal }: { readonly causal: boolean }): Pattern {
  return { causal, sparse: unionRule(union) };
}

export function unionRule({ key, perHead, block, parts }: Union): SparseRule {
  const unit = (position: number) => Math.floor(position / block);
  const units = ({ first, last }: Span): Span => ({ first: unit(first), last: unit(last) });
  return {
    key: `${key}, blocks of ${block}`,
    perHead,
    visible: (head, query, key_) => parts(head).some((part) => part.sees(unit(query), unit(key_))),
    tile(head, queries, keys) {
      const [rows, columns] = [units(queries), units(keys)];
      if (parts(head).some((part) => part.all(rows, columns))) return "all";
      return parts(head).some((part) => part.any(rows, columns)) ? "some" : "none";
    },
  };
}
