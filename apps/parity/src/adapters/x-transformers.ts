import { reshape, type Tensor2D, transpose } from "@tensorflow/tfjs-core";
import type { Attention, Position } from "@attention-lab/attention";
import { full } from "@attention-lab/attention-full";
import { local } from "@attention-lab/attention-local";
import { program } from "../adapter.ts";
import { type ConfigReader, NotCovered } from "../config-reader.ts";
import type { GoldenCase } from "../golden-case.ts";
import { replayLayer, torchWeights } from "../replay-layer.ts";
import { maskOf } from "../mask-of.ts";

/**
 * x-transformers' Attention: the last query stands at the last key, and a grouped query head h reads key-value head h mod KH, where ours reads floor(h KH / H):
 * the same up to the order of the heads.
 */
export function xTransformersAttention(config: ConfigReader, case_: GoldenCase, position?: Position) {
  config.described("B", "dim", "biases", "masked_rows", "window_rule");
  const unsupported = ["qk_norm", "talking_heads", "sparse_topk", "add_zero_kv", "rotary_dim"].find((key) =>
    config.value(key),
  );
  if (unsupported !== undefined) throw new NotCovered(unsupported);
  config.described("rotary_pairing");
  config.expect("scale", (scale) => scale === "1/sqrt(dim_head)");
  config.expect("num_mem_kv", (count) => count === 0);
  const [heads, keyValueHeads] = [config.number("heads"), config.number("kv_heads")];
  const [queries, keys] = [config.number("N"), config.number("M")];
  config.expect("grouping", (words) => String(words).includes("h MOD kv_heads"));
  const groups = { heads, keyValueHeads, headDim: config.number("dim_head") };
  const replay = replayLayer({
    ...groups,
    attention: attentionOf(config),
    length: Math.max(queries, keys),
    causal: config.flag("causal"),
    ...(position === undefined ? {} : { position }),
  });
  return program((tensors) => {
    const { x: query, context: key } = tensors;
    const padding = maskOf(case_, "valid_mask");
    const [toQuery, toKey, toValue, toOutput] = ["to_q", "to_k", "to_v", "to_out"].map((name) =>
      torchWeights(tensors, name),
    );
    const { output } = replay.run(
      {
        query: query!,
        queryOffset: keys - queries,
        ...(key === undefined ? {} : { key }),
        ...(padding === undefined ? {} : { keyPadding: padding }),
        ...(padding === undefined || key !== undefined ? {} : { queryPadding: padding }),
      },
      {
        query: { weight: transpose(untiled(transpose(toQuery!.weight), groups)) },
        key: toKey!,
        value: toValue!,
        output: { weight: untiled(toOutput!.weight, groups) },
      },
    );
    return { output };
  });
}

/** "i - j <= max_attend_past" is a window that looks back; a causal layer sees nothing after the query. */
function attentionOf(config: ConfigReader): Attention {
  if (!config.has("max_attend_past")) return full({ implementation: "fused" });
  const before = config.number("max_attend_past");
  if (!config.flag("causal")) throw new NotCovered("max_attend_past without a causal mask");
  return local({ before, after: 0 });
}

/** Rows [H*D, E] from the order "h mod KH" into the order "floor(h KH / H)". */
function untiled(
  rows: Tensor2D,
  { heads, keyValueHeads, headDim }: { heads: number; keyValueHeads: number; headDim: number },
): Tensor2D {
  const width = rows.shape[1];
  const byGroup = reshape(rows, [heads / keyValueHeads, keyValueHeads, headDim, width]);
  return reshape(transpose(byGroup, [1, 0, 2, 3]), [heads * headDim, width]);
}
