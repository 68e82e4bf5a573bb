import {
  defineAttention,
  parseOptions,
  patternCost,
  patternMechanism,
  type Site,
  supportsEverything,
} from "@attention-lab/attention";
import type { Pattern, Span, SparseRule } from "@attention-lab/ops";
import { z } from "zod";
import { asked } from "./parts.ts";
import { unionRule } from "./union-rule.ts";

const who = "sparse attention";
type Visible = (query: number, key: number, head: number) => boolean;
type Tile = (queries: Span, keys: Span, head: number) => "none" | "some" | "all";

const isFunction = (value: unknown) => typeof value === "function";
const schema = z.strictObject({
  visible: z.custom<Visible>(isFunction, { error: "must be a function of (query, key, head)" }),
  tile: z.custom<Tile>(isFunction, { error: "must be a function of (queries, keys, head)" }).optional(),
  perHead: z.boolean().optional(),
});

export interface SparseOptions {
  /** Whether the query at one position sees the key at another. Must give the same answer whenever it is asked. */
  readonly visible: Visible;
  /**
   * What the tile of these positions, ends included, holds. "some" is always right, only slower. Absent: every pair of a tile is asked once, so
   * that a list of tiles costs n x m calls of `visible` for each pair of lengths; with it, only the pairs of the tiles that hold "some" are asked.
   */
  readonly tile?: Tile;
  /** Whether the answer depends on the head, so that each needs a list of tiles of its own. False by default: `visible` is asked for head 0. */
  readonly perHead?: boolean;
}

/**
 * Attention over a pattern of one's own: exact softmax over the keys that `visible` shows, as Sparse Transformers define any connectivity
 * pattern S_i (Child et al. 2019, section 4.2). A causal layer also hides the keys after the query. Time is that of the tiles which hold a pair; there is no
 * N x M matrix on the engines. Decoding keeps all keys and values. Its options are functions, so no config file can name it: build it in code.
 */
export const sparse = defineAttention({
  name: "sparse",
  paper: "Child et al. 2019, Generating Long Sequences with Sparse Transformers, https://arxiv.org/abs/1904.10509",
  version: 1,
  supports: supportsEverything,
  parse: (raw): SparseOptions => parseOptions(who, schema, raw),
  build(options, site) {
    const pattern = patternOf(options, site);
    return patternMechanism(site, { pattern: () => pattern });
  },
  cost: (options, site, lengths) => patternCost(site, lengths, { pattern: patternOf(options, site) }),
  pattern: patternOf,
});

function patternOf(options: SparseOptions, { causal, heads }: Site): Pattern {
  const { visible, tile, perHead = false } = parseOptions(who, schema, options);
  const lists = Array.from({ length: perHead ? heads : 1 }, (_, head) => [
    asked((query, key) => visible(query, key, head)),
  ]);
  const parts = (head: number) => lists[perHead ? head : 0] ?? [];
  const key = `sparse ${numberOf(visible)} ${tile === undefined ? "" : numberOf(tile)} ${perHead ? "per head" : ""}`;
  const rule: SparseRule = unionRule({ key, perHead, block: 1, parts });
  if (tile === undefined) return { causal, sparse: rule };
  return { causal, sparse: { ...rule, tile: (head, queries, keys) => tile(queries, keys, perHead ? head : 0) } };
}

const numbers = new WeakMap<object, number>();
let last = 0;

/** A number for each function: rules of the same functions are the same rule, and no others. */
function numberOf(function_: object): number {
  const number = numbers.get(function_) ?? ++last;
  numbers.set(function_, number);
  return number;
}
