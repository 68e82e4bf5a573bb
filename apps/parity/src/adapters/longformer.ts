import { longformer } from "@attention-lab/attention-longformer";
import { type Adapter, type Bound, golden, program } from "../adapter.ts";
import { asStored, transposed } from "../bound.ts";
import { NotCovered } from "../config-reader.ts";
import type { GoldenCase } from "../golden-case.ts";
import { replayLayer, torchWeights } from "../replay-layer.ts";
import { maskOf } from "../mask-of.ts";

/** Hugging Face's LongformerSelfAttention: `attention_window` is the total width, half of it on each side. */
export const longformerAdapter: Adapter = (config, case_) => {
  config.described("B", "one_sided_window", "window_rule", "global_rule", "padding_rule");
  config.expect("dilation", (dilation) => dilation === 1);
  config.expect("causal", (causal) => causal === false);
  config.expect("scale", (scale) => scale === "1/sqrt(head_dim)");
  config.expect("output_projection", (projection) => String(projection).startsWith("none"));
  const half = config.number("attention_window_total") / 2;
  if (!Number.isInteger(half)) throw new NotCovered(`attention_window_total = ${2 * half}`);
  const heads = config.number("num_heads");
  const dModel = config.number("hidden_size");
  const globals = positionsOf(case_, "global_mask");
  const replay = replayLayer({
    attention: longformer({ before: half, after: half, global: true }),
    heads,
    headDim: dModel / heads,
    length: config.number("N"),
    dModel,
  });
  const bound = Object.fromEntries(
    (["query", "key", "value"] as const).flatMap((role) => [
      [`${role}_global.weight`, transposed(replay.mechanism.parameters[`global.${role}.weight`])],
      [`${role}_global.bias`, asStored(replay.mechanism.parameters[`global.${role}.bias`])],
    ]),
  ) as Record<string, Bound>;
  return program(
    (tensors) => {
      const valid = maskOf(case_, "valid_mask");
      const padding = valid === undefined ? {} : { keyPadding: valid, queryPadding: valid };
      return replay.run(
        { query: tensors["x"]!, ...padding, ...(globals.some((row) => row.length > 0) ? { globals } : {}) },
        {
          query: torchWeights(tensors, "query"),
          key: torchWeights(tensors, "key"),
          value: torchWeights(tensors, "value"),
        },
      );
    },
    { bound },
  );
};

/** Where a [B, N] mask is 1, a list per row. */
function positionsOf(case_: GoldenCase, name: string): number[][] {
  const { shape, values } = golden(case_, name);
  const [rows = 0, length = 0] = shape;
  return Array.from({ length: rows }, (_, row) =>
    [...values.subarray(row * length, (row + 1) * length)].flatMap((one, i) => (one === 1 ? [i] : [])),
  );
}
