import type { SparseRule } from "@attention-lab/ops";

export interface BlockLocalOptions {
  /** Positions in a block. */
  readonly block: number;
  /** Blocks before the query's own that it sees. */
  readonly lookBackward: number;
  /** Blocks after the query's own that it sees; a causal layer sees none of them, and of its own block only what is not later. */
  readonly lookForward: number;
}

/** A query sees the keys whose block lies at most `lookBackward` blocks before its own and `lookForward` after. */
export function blockWindowRule({ block, lookBackward, lookForward }: BlockLocalOptions): SparseRule {
  const blockOf = (position: number) => Math.floor(position / block);
  return {
    key: `block window ${block} ${lookBackward} ${lookForward}`,
    perHead: false,
    visible(_head, query, key) {
      const back = blockOf(query) - blockOf(key);
      return back <= lookBackward && -back <= lookForward;
    },
    tile(_head, queries, keys) {
      const least = blockOf(queries.first) - blockOf(keys.last);
      const most = blockOf(queries.last) - blockOf(keys.first);
      if (least > lookBackward || -most > lookForward) return "none";
      return most <= lookBackward && -least <= lookForward ? "all" : "some";
    },
  };
}
