import {
  defineAttention,
  parseOptions,
  patternMechanism,
  positiveCount,
  type Site,
  wholeCount,
} from "@attention-lab/attention";
import type { Pattern } from "@attention-lab/ops";
import { z } from "zod";
import { asked, band, keysAmong, queriesAmong } from "./parts.ts";
import { randomBlocks } from "./random-blocks.ts";
import { sequenceSupports } from "./supports.ts";
import { unionCost } from "./union-cost.ts";
import { type Union, unionPattern } from "./union-rule.ts";

const who = "bigbird attention";
const blockIndex = z.int({ error: "must be a whole number" });
const schema = z.strictObject({
  block: positiveCount,
  random: wholeCount,
  lookBackward: wholeCount.optional(),
  lookForward: wholeCount.optional(),
  globalBlocks: z.array(blockIndex).optional(),
});

export interface BigBirdOptions {
  /** Positions in a block. */
  readonly block: number;
  /** Random blocks that each block of queries sees besides its window and the global blocks; all that are left where there are fewer. */
  readonly random: number;
  /** Blocks before the query's own; 1 by default, the paper's window of three blocks. */
  readonly lookBackward?: number;
  /** Blocks after the query's own; 1 by default. A causal layer sees none of them. */
  readonly lookForward?: number;
  /**
   * Blocks that every query sees and whose queries see every key; negative ones count from the last block. [0, -1] by default: the first and the last.
   * A causal layer leaves negative ones out, since a decoder does not know its last block, and a short sequence those that it does not have.
   */
  readonly globalBlocks?: readonly number[];
}

/**
 * BigBird (Zaheer et al. 2020, "Big Bird: Transformers for Longer Sequences", section 2, internal transformer construction): exact softmax, in one, over the blocks of
 * a window, the global blocks and `random` other blocks of each head. O(n block (lookBackward + 1 + lookForward + globals + random)) pairs, and
 * n per global position. A block counts once, however often it is chosen. The random blocks are a function of the site's seed, the head and the number of
 * blocks; those of a causal layer lie before the query's and do not change as the sequence grows. Decoding keeps all keys and values.
 */
export const bigbird = defineAttention({
  name: "bigbird",
  paper: "Zaheer et al. 2020, Big Bird: Transformers for Longer Sequences, https://arxiv.org/abs/2007.14062",
  version: 1,
  supports: sequenceSupports,
  parse,
  build(options, site) {
    parse(options);
    const held = new Map<number, Pattern>();
    return patternMechanism(site, {
      pattern(keys) {
        const blocks = site.causal ? 0 : Math.ceil(keys / options.block);
        const pattern = held.get(blocks) ?? unionPattern(unionOf(options, site, keys), site);
        held.set(blocks, pattern);
        return pattern;
      },
    });
  },
  cost(options, site, lengths) {
    return unionCost(site, lengths, unionOf(options, site, lengths.keys));
  },
  pattern: (options, site, keys) => unionPattern(unionOf(options, site, keys), site),
});

function parse(raw: unknown): BigBirdOptions {
  return parseOptions(who, schema, raw);
}

function unionOf(options: BigBirdOptions, { causal, heads, seed }: Site, keys: number): Union {
  const { block, random, lookBackward = 1, lookForward = 1, globalBlocks = [0, -1] } = parse(options);
  const blocks = causal ? Number.POSITIVE_INFINITY : Math.ceil(keys / block);
  const globals = new Set(
    globalBlocks.map((index) => (index < 0 ? blocks + index : index)).filter((index) => index >= 0 && index < blocks),
  );
  const isGlobal = (index: number) => globals.has(index);
  const known = [band(lookBackward, lookForward), keysAmong(isGlobal), queriesAmong(isGlobal)];
  const drawn = randomBlocks({
    seed,
    count: random,
    blocks,
    seen: (row, column) => known.some(({ sees }) => sees(row, column)),
  });
  const lists = Array.from({ length: heads }, (_, head) =>
    random === 0 ? known : [...known, asked((row, column) => drawn(head, row).has(column))],
  );
  const chosen = [...globals].toSorted((a, b) => a - b).join(" ");
  const key = `bigbird of ${causal ? "any" : blocks}: ${lookBackward} ${lookForward}, global ${chosen}, random ${random} of seed ${seed}`;
  return { key, perHead: random > 0, block, parts: (head) => lists[head] ?? known };
}
