import type { Tensor3D, Variable } from "@tensorflow/tfjs-core";
import { full } from "@attention-lab/attention-full";
import { TransformerBlock } from "@attention-lab/models";
import { type Adapter, type Bound, program } from "../adapter.ts";
import { asStored, packed, transposed } from "../bound.ts";
import { type ConfigReader, NotCovered } from "../config-reader.ts";
import type { GoldenCase } from "../golden-case.ts";
import { maskOf } from "../mask-of.ts";

/** Another implementation's names of an attention's parameters: query, key and value in one matrix. */
interface AttentionNames {
  readonly queryKeyValue: string;
  readonly output: string;
  readonly norm: string;
}
/** Another implementation's names of a block's parameters. */
interface BlockNames {
  readonly attention: AttentionNames;
  readonly crossAttention?: AttentionNames;
  readonly separator: string;
  readonly up: string;
  readonly down: string;
  readonly feedForwardNorm: string;
  /** Whether weights are stored [out, in]. */
  readonly flipped: boolean;
}

const gpt2: BlockNames = {
  attention: { queryKeyValue: "attn.c_attn", output: "attn.c_proj", norm: "ln_1" },
  separator: ".",
  up: "mlp.c_fc",
  down: "mlp.c_proj",
  feedForwardNorm: "ln_2",
  flipped: false,
};
const torchAttention = (name: string, norm: string): AttentionNames => ({
  queryKeyValue: `${name}.in_proj`,
  output: `${name}.out_proj`,
  norm,
});
/** torch.nn.TransformerEncoderLayer. */
export const torchEncoder: BlockNames = {
  attention: torchAttention("self_attn", "norm1"),
  separator: "_",
  up: "linear1",
  down: "linear2",
  feedForwardNorm: "norm2",
  flipped: true,
};
/** torch.nn.TransformerDecoderLayer. */
export const torchDecoder: BlockNames = {
  ...torchEncoder,
  crossAttention: torchAttention("multihead_attn", "norm2"),
  feedForwardNorm: "norm3",
};

export const gpt2BlockAdapter: Adapter = (config, case_) => {
  config.described("B", "Conv1D");
  config.expect("norm", (norm) => norm === "pre-norm, eps 1e-5");
  config.expect("activation", (activation) => String(activation).startsWith("gelu_new"));
  config.expect("scale", (scale) => scale === "1/sqrt(head_dim)");
  const [dModel, heads, feedForward] = [config.number("n_embd"), config.number("n_head"), config.number("n_inner")];
  const [maxLength, causal] = [config.number("N"), config.flag("causal")];
  return blockProgram(case_, gpt2, {
    dModel,
    heads,
    feedForward,
    maxLength,
    causal,
    norm: "pre",
    activation: "geluTanh",
  });
};

export const encoderLayerAdapter: Adapter = (config, case_) => {
  config.described("B", "norm_placement", "layout", "padding");
  const [maxLength, causal] = [config.number("N"), config.flag("causal")];
  return blockProgram(case_, torchEncoder, { ...torchShape(config), maxLength, causal });
};

/** What all of torch's Transformer layers say of themselves; gelu is torch's exact one unless it says otherwise. */
export function torchShape(config: ConfigReader) {
  const epsilon = config.number("layer_norm_eps");
  config.expect("dropout", (dropout) => dropout === 0);
  const words = config.text("activation") ?? "";
  if (words !== "relu" && (!words.startsWith("gelu") || words.includes("tanh"))) {
    throw new NotCovered(`activation = ${words}`);
  }
  return {
    dModel: config.number("d_model"),
    heads: config.number("nhead"),
    feedForward: config.number("dim_feedforward"),
    norm: config.flag("norm_first") ? "pre" : "post",
    normEpsilon: epsilon,
    activation: words === "relu" ? "relu" : "geluErf",
  } as const;
}

type Shape = Pick<
  ConstructorParameters<typeof TransformerBlock>[0],
  "dModel" | "heads" | "feedForward" | "maxLength" | "causal" | "norm" | "normEpsilon" | "activation"
>;

function blockProgram(case_: GoldenCase, names: BlockNames, shape: Shape) {
  const block = new TransformerBlock({ ...shape, name: case_.id, attention: full({}), dropout: 0, seed: 0 });
  const keyPadding = maskOf(case_, "padding_mask", true);
  return program(({ x }) => ({ output: block.call(x as Tensor3D, keyPadding === undefined ? {} : { keyPadding }) }), {
    bound: bindings(block.parameters(), names),
  });
}

/** A block's parameters by their golden names, each after `prefix`. */
export function bindings(
  parameters: Readonly<Record<string, Variable>>,
  names: BlockNames,
  prefix = "",
): Record<string, Bound> {
  const ours = (name: string) => parameters[name] as Variable;
  const roles = ["query", "key", "value"];
  const weight = (name: string) => (names.flipped ? transposed(ours(name)) : asStored(ours(name))) as Bound;
  const layer = (theirs: string, own: string): [string, Bound][] => [
    [
      `${prefix}${theirs}.weight`,
      own.endsWith("Norm") ? (asStored(ours(`${own}.weight`)) as Bound) : weight(`${own}.weight`),
    ],
    [`${prefix}${theirs}.bias`, asStored(ours(`${own}.bias`)) as Bound],
  ];
  const inputs = (own: string, theirs: string, part: string): [string, Bound] => [
    `${prefix}${theirs}${names.separator}${part}`,
    packed(
      roles.map((role) => ours(`${own}.${role}.${part}`)),
      names.flipped,
    ),
  ];
  const attention = (own: string, { queryKeyValue, output, norm }: AttentionNames): [string, Bound][] => [
    inputs(own, queryKeyValue, "weight"),
    inputs(own, queryKeyValue, "bias"),
    ...layer(output, `${own}.output`),
    ...layer(norm, `${own}Norm`),
  ];
  return Object.fromEntries([
    ...attention("attention", names.attention),
    ...(names.crossAttention === undefined ? [] : attention("crossAttention", names.crossAttention)),
    ...layer(names.up, "feedForward.up"),
    ...layer(names.down, "feedForward.down"),
    ...layer(names.feedForwardNorm, "feedForwardNorm"),
  ]);
}
