import { blockLocal } from "@attention-lab/attention-local";
import { bigbird, type BlockLayout, blockSparse, fixed } from "@attention-lab/attention-sparse";
import type { Attention } from "@attention-lab/attention";
import { type Adapter, golden, program } from "../adapter.ts";
import { type ConfigReader, Deviates, NotCovered } from "../config-reader.ts";
import type { GoldenCase } from "../golden-case.ts";
import { layoutTensor } from "../layout-tensor.ts";
import { replayLayer, torchWeights } from "../replay-layer.ts";
import { maskOf } from "../mask-of.ts";
import { bertSelfAttentionAdapter } from "./full.ts";

/** DeepSpeed's block layouts, one token to a block: which keys each query sees. */
export const blockLayoutAdapter: Adapter = (config, case_) => {
  config.described("unit", "different_layout_per_head");
  const [heads, blocks] = [config.number("num_heads"), config.number("num_blocks")];
  const kind = case_.source.split(".").at(-1) ?? "";
  const read = layouts[kind];
  if (read === undefined) throw new NotCovered(kind);
  const { attention, causal } = read(config, blocks);
  const site = {
    heads,
    keyValueHeads: heads,
    headDim: 1,
    valueDim: 1,
    scale: 1,
    maxLength: blocks,
    causal,
    dropout: 0,
    seed: 0,
  };
  const pattern = attention.pattern?.(site, blocks) ?? { causal };
  return program(() => ({ layout: layoutTensor(pattern, { heads, queries: blocks, keys: blocks }) }));
};

interface Laid {
  readonly attention: Attention;
  readonly causal: boolean;
}

const summaryAhead =
  "DeepSpeed's one-way layout shows every block of a summary to the summary's first block, so that it sees ahead; ours does not";
const shortGroup =
  "DeepSpeed gives a short last group a summary of its own at the end of the sequence; the paper's formula gives it none";

const layouts: Readonly<Record<string, (config: ConfigReader, blocks: number) => Laid>> = {
  FixedSparsityConfig(config, blocks) {
    const causal = config.text("attention") === "unidirectional";
    const [stride, summary] = [config.number("num_local_blocks"), config.number("num_global_blocks")];
    const subblocks = config.has("num_different_global_patterns") ? config.number("num_different_global_patterns") : 1;
    if (causal && summary > 1) throw new Deviates(summaryAhead);
    if (!causal && blocks % stride !== 0) throw new Deviates(shortGroup);
    const horizontal = config.flag("horizontal_global_attention");
    return { attention: fixed({ stride, summary, subblocks, horizontal }), causal };
  },
  BSLongformerSparsityConfig(config) {
    const half = Math.floor(config.number("num_sliding_window_blocks") / 2);
    const globalBlocks = config.value("global_block_indices") as number[];
    const attention = bigbird({ block: 1, random: 0, lookBackward: half, lookForward: half, globalBlocks });
    return { attention, causal: config.text("attention") === "unidirectional" };
  },
  LocalSlidingWindowSparsityConfig(config) {
    const half = Math.floor(config.number("num_sliding_window_blocks") / 2);
    const causal = (config.text("attention") ?? "unidirectional") === "unidirectional";
    return { attention: blockLocal({ block: 1, lookBackward: half, lookForward: causal ? 0 : half }), causal };
  },
};

const countedTwice =
  "Hugging Face's BigBird counts a block as often as it is listed (in eval mode every random block is block 0); ours counts it once";

/** Hugging Face's BigBird: block-sparse with its random blocks given, or full attention where it falls back to that. */
export const bigbirdAdapter: Adapter = (config, case_) => {
  if (case_.tensors["random_blocks"] === undefined) return bertSelfAttentionAdapter(config, case_);
  config.described(
    "B",
    "num_blocks",
    "num_random_blocks",
    "numpy_seed",
    "key_blocks_of_query_block",
    "mask_value",
    "padding_rule",
  );
  config.expect("scale", (scale) => scale === "1/sqrt(head_dim)");
  config.expect("global_blocks", (blocks) => blocks === "first and last block");
  config.expect("window", (window) => String(window).startsWith("3 blocks"));
  config.expect("output_projection", (projection) => projection === "none");
  const [heads, dModel] = [config.number("num_heads"), config.number("hidden_size")];
  const [length, block] = [config.number("N"), config.number("block_size")];
  const replay = replayLayer({
    attention: blockSparse({ block, layout: layoutWith(case_, length / block) }),
    heads,
    headDim: dModel / heads,
    length,
  });
  return program((tensors) => {
    const valid = maskOf(case_, "valid_mask");
    return replay.run(
      { query: tensors["x"]!, ...(valid === undefined ? {} : { keyPadding: valid, queryPadding: valid }) },
      {
        query: torchWeights(tensors, "query"),
        key: torchWeights(tensors, "key"),
        value: torchWeights(tensors, "value"),
      },
    );
  });
};

/** Window and global blocks of our own BigBird, and the case's random blocks [H, blocks - 2, r] for all rows but the first and last. */
function layoutWith(case_: GoldenCase, blocks: number): BlockLayout {
  const { shape, values } = golden(case_, "random_blocks");
  const [heads = 0, , count = 0] = shape;
  const site = { heads, keyValueHeads: heads, headDim: 1, valueDim: 1, scale: 1, maxLength: blocks, causal: false, dropout: 0, seed: 0 }; // prettier-ignore
  const known = bigbird({ block: 1, random: 0 }).pattern?.(site, blocks).sparse;
  return Array.from({ length: heads }, (_, head) =>
    Array.from({ length: blocks }, (_, row) => {
      const start = (head * (blocks - 2) + row - 1) * count;
      const drawn = row === 0 || row === blocks - 1 ? [] : [...values.subarray(start, start + count)];
      if (new Set(drawn).size < drawn.length || drawn.some((column) => known?.visible(head, row, column) === true)) {
        throw new Deviates(countedTwice);
      }
      return Array.from({ length: blocks }, (_, column) =>
        drawn.includes(column) || known?.visible(head, row, column) === true ? 1 : 0,
      );
    }),
  );
}
