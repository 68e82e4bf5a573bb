import type { Span, SparseRule } from "../src/index.ts";

/** Whether a rule answers exactly for a tile, or says "some" of every tile as a lazy user's would. */
export interface RuleStyle {
  readonly exact: boolean;
  readonly perHead: boolean;
}

type Visible = SparseRule["visible"];

/** A rule from its predicate; its exact answers are found by asking about every pair. */
export function ruleOf(key: string, visible: Visible, { exact, perHead }: RuleStyle): SparseRule {
  const asked: Visible = perHead ? visible : (_, query, position) => visible(0, query, position);
  return {
    key: `${key} ${exact} ${perHead}`,
    perHead,
    visible: asked,
    tile: (head, queries, keys) => (exact ? countOf(asked, head, queries, keys) : "some"),
  };
}

function countOf(visible: Visible, head: number, queries: Span, keys: Span): "none" | "some" | "all" {
  let [some, all] = [false, true];
  for (let query = queries.first; query <= queries.last; query++) {
    for (let key = keys.first; key <= keys.last; key++) {
      if (visible(head, query, key)) some = true;
      else all = false;
    }
  }
  return all ? "all" : some ? "some" : "none";
}

/** Blocks of keys seen by the queries of the same block, or of any other that a hash picks: different for every head. */
export const blocks = (size: number, style: RuleStyle): SparseRule =>
  ruleOf(
    `blocks ${size}`,
    (head, query, key) => {
      const [q, k] = [Math.floor(query / size), Math.floor(key / size)];
      return q === k || (q * 7 + k * 3 + head) % 5 === 0;
    },
    style,
  );

/** Sparse Transformer's strided pattern: the last keys, and every `stride`-th before and after. */
export const strided = (stride: number, style: RuleStyle): SparseRule =>
  ruleOf(
    `strided ${stride}`,
    (head, query, key) => (query >= key && query - key < stride) || (query - key + head) % stride === 0,
    style,
  );

/** No structure at all: about one pair in three. */
export const scattered = (seed: number, style: RuleStyle): SparseRule =>
  ruleOf(
    `scattered ${seed}`,
    (head, query, key) => Math.imul(query * 31 + key * 17 + head * 5 + seed, 0x9e3779b1) >>> 0 < 2 ** 32 / 3,
    style,
  );
