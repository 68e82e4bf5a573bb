import {
  defineAttention,
  parseOptions,
  patternMechanism,
  positiveCount,
  type Site,
  supportsEverything,
} from "@attention-lab/attention";
import { invalid } from "@attention-lab/tensors";
import { z } from "zod";
import { asked } from "./parts.ts";
import { unionCost } from "./union-cost.ts";
import { type Union, unionPattern } from "./union-rule.ts";

const who = "blockSparse attention";
const entry = z.union([z.literal(0), z.literal(1)], { error: "must be 0 or 1" });
const schema = z.strictObject({ block: positiveCount, layout: z.array(z.array(z.array(entry))) });

/** [heads or 1][blocks of queries][blocks of keys]: 1 where the queries of one block see the keys of another. */
export type BlockLayout = readonly (readonly (readonly (0 | 1)[])[])[];

export interface BlockSparseOptions {
  /** Positions in a block. */
  readonly block: number;
  /** One layout for each head, or one for all. It must reach as far as the site's `maxLength`. */
  readonly layout: BlockLayout;
}

/**
 * Attention over a layout of blocks that is given as data, as block-sparse kernels take it (Child et al. 2019, section 5.1; DeepSpeed's sparsity
 * configurations): exact softmax over the keys of the blocks whose entry is 1. A causal layer also hides what is later than the query, inside blocks
 * too. A block of queries that sees no block gives 0. O(blocks that are 1) time; decoding keeps all keys and values.
 */
export const blockSparse = defineAttention({
  name: "blockSparse",
  paper: "Child et al. 2019, Generating Long Sequences with Sparse Transformers, https://arxiv.org/abs/1904.10509",
  version: 1,
  supports: {
    ...supportsEverything,
    anyLength: "its layout lists the blocks of maxLength positions and says nothing of later ones",
  },
  parse: (raw): BlockSparseOptions => parseOptions(who, schema, raw),
  build(options, site) {
    const pattern = unionPattern(unionOf(options, site), site);
    return patternMechanism(site, { pattern: () => pattern });
  },
  cost: (options, site, lengths) => unionCost(site, lengths, unionOf(options, site)),
  pattern: (options, site) => unionPattern(unionOf(options, site), site),
});

function unionOf(options: BlockSparseOptions, site: Site): Union {
  const { block, layout } = parseOptions(who, schema, options);
  check(layout, block, site);
  const lists = layout.map((rows) => [asked((row, column) => rows[row]?.[column] === 1)]);
  const shared = lists[0] ?? [];
  const key = `layout ${layout.map((rows) => rows.map((row) => row.join("")).join("/")).join("|")}`;
  const perHead = layout.length > 1;
  return { key, perHead, block, parts: (head) => (perHead ? (lists[head] ?? []) : shared) };
}

function check(layout: BlockLayout, block: number, { heads, maxLength }: Site): void {
  if (layout.length !== heads && layout.length !== 1) {
    throw invalid(who, `layout must have one part for each of ${heads} heads, or one for all`, layout.length);
  }
  const blocks = Math.ceil(maxLength / block);
  for (const rows of layout) {
    const shortest = rows.length === 0 ? 0 : Math.min(...rows.map((row) => row.length));
    if (rows.length < blocks || shortest < blocks) {
      throw invalid(
        who,
        `layout must have ${blocks} x ${blocks} blocks for a maxLength of ${maxLength} in blocks of ${block}`,
        `${rows.length} x ${shortest}`,
      );
    }
  }
}
