import { pad, slice, tensor, type Tensor2D, type Tensor4D } from "@tensorflow/tfjs-core";
import type { Attention, Site } from "@attention-lab/attention";
import { blockLocal, local } from "@attention-lab/attention-local";
import { type Pattern, visible } from "@attention-lab/ops";
import { rope } from "@attention-lab/position-encodings";
import { type Adapter, program } from "../adapter.ts";
import { attendHeads, headsOf } from "../attend-heads.ts";
import { type ConfigReader, Deviates } from "../config-reader.ts";
import type { GoldenCase } from "../golden-case.ts";
import { layoutTensor } from "../layout-tensor.ts";

const emptyRow = "local-attention gives a row without a visible key the mean of its span; ours gives 0";

/** lucidrains' local-attention: blocks of `window_size`, which `exact_windowsize` cuts to a sliding window. */
export const localAdapter: Adapter = (config, case_) => {
  config.described("B", "window_rule", "masking");
  config.expect("scale", (scale) => scale === "1/sqrt(D)");
  const [heads, length, headDim] = [config.number("H"), config.number("N"), config.number("D")];
  const block = config.number("window_size");
  // Autopad fills the last block with zero keys, which take part where no mask hides them.
  const padded = config.flag("autopad") ? Math.ceil(length / block) * block : length;
  const site = {
    heads,
    keyValueHeads: heads,
    headDim,
    valueDim: headDim,
    scale: headDim ** -0.5,
    maxLength: padded,
    causal: config.flag("causal"),
    dropout: 0,
    seed: 0,
  };
  const attention = attentionOf(config, block);
  const rotate = rotationOf(config, site, block);
  const pattern = attention.pattern?.(site, padded) ?? { causal: site.causal };
  const valid = paddedMask(case_, padded);
  if (valid !== undefined && someRowIsEmpty(pattern, valid, length)) throw new Deviates(emptyRow);
  const mechanism = attention.build(site);
  return program((tensors) => {
    const filled = (x: Tensor4D): Tensor4D => pad(x, [...none, ...none, [0, padded - length], ...none]);
    const { q, k, v } = headsOf(tensors);
    const output = attendHeads(mechanism, {
      q: rotate(filled(q), "query"),
      k: rotate(filled(k), "key"),
      v: filled(v),
      ...(valid === undefined ? {} : { keyPadding: tensor(valid) as Tensor2D }),
    });
    const allowed = layoutTensor(pattern, { heads: 1, queries: length, keys: padded });
    return { output: slice(output, [0, 0, 0, 0], [-1, -1, length, -1]), allowed };
  });
};

const none: [number, number][] = [[0, 0]];

function attentionOf(config: ConfigReader, block: number): Attention {
  const [lookBackward, lookForward] = [config.number("look_backward"), config.number("look_forward")];
  return config.flag("exact_windowsize")
    ? local({ before: block * lookBackward, after: block * lookForward })
    : blockLocal({ block, lookBackward, lookForward });
}

/** Rotary angles count queries from the end of the span of keys: `look_forward` blocks later than where they stand. */
function rotationOf(config: ConfigReader, { heads, headDim, maxLength }: Site, block: number) {
  config.described("rotary_convention");
  if (!config.flag("rotary")) return (x: Tensor4D) => x;
  const ahead = block * config.number("look_forward");
  const settings = { dModel: heads * headDim, heads, headDim, maxLength: maxLength + ahead, seed: 0 };
  const position = rope({ base: 10_000, pairing: "half", fraction: 1 }).build(settings);
  return (x: Tensor4D, role: "query" | "key") => position.rotate?.(x, role === "query" ? ahead : 0) ?? x;
}

/** The rows of "valid_mask" [B,N], filled up with zeros. */
function paddedMask({ tensors }: GoldenCase, padded: number): number[][] | undefined {
  const mask = tensors["valid_mask"];
  if (mask === undefined) return undefined;
  const [rows = 0, length = 0] = mask.shape;
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: padded }, (_, key) => (key < length ? (mask.values[row * length + key] ?? 0) : 0)),
  );
}

function someRowIsEmpty(pattern: Pattern, valid: readonly (readonly number[])[], queries: number): boolean {
  return valid.some((row) =>
    Array.from({ length: queries }, (_, query) => query).some(
      (query) => !row.some((real, key) => real === 1 && visible(pattern, { head: 0, query, key, queryOffset: 0 })),
    ),
  );
}
