import type { Tensor3D, Variable } from "@tensorflow/tfjs-core";
import { full } from "@attention-lab/attention-full";
import { TransformerBlock } from "@attention-lab/models";
import { type Adapter, type Bound, program } from "../adapter.ts";
import { asStored, packed, transposed } from "../bound.ts";
import { NotCovered } from "../config-reader.ts";
import type { GoldenCase } from "../golden-case.ts";
import { maskOf } from "./full.ts";

/** Another implementation's names of a block's parameters. */
interface BlockNames {
  readonly queryKeyValue: string;
  readonly separator: string;
  readonly output: string;
  readonly up: string;
  readonly down: string;
  readonly norms: readonly [attention: string, feedForward: string];
  /** Whether weights are stored [out, in]. */
  readonly flipped: boolean;
}

const gpt2: BlockNames = {
  queryKeyValue: "attn.c_attn",
  separator: ".",
  output: "attn.c_proj",
  up: "mlp.c_fc",
  down: "mlp.c_proj",
  norms: ["ln_1", "ln_2"],
  flipped: false,
};
const torch: BlockNames = {
  queryKeyValue: "self_attn.in_proj",
  separator: "_",
  output: "self_attn.out_proj",
  up: "linear1",
  down: "linear2",
  norms: ["norm1", "norm2"],
  flipped: true,
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
  config.expect("layer_norm_eps", (epsilon) => epsilon === 1e-5);
  config.expect("dropout", (dropout) => dropout === 0);
  const words = config.text("activation") ?? "";
  const activation = words === "relu" ? "relu" : words.startsWith("gelu (exact") ? "geluErf" : undefined;
  if (activation === undefined) throw new NotCovered(`activation = ${words}`);
  const [dModel, heads, feedForward] = [
    config.number("d_model"),
    config.number("nhead"),
    config.number("dim_feedforward"),
  ];
  const [maxLength, causal] = [config.number("N"), config.flag("causal")];
  const norm = config.flag("norm_first") ? "pre" : "post";
  return blockProgram(case_, torch, { dModel, heads, feedForward, maxLength, causal, norm, activation });
};

type Shape = Pick<
  ConstructorParameters<typeof TransformerBlock>[0],
  "dModel" | "heads" | "feedForward" | "maxLength" | "causal" | "norm" | "activation"
>;

function blockProgram(case_: GoldenCase, names: BlockNames, shape: Shape) {
  const block = new TransformerBlock({ ...shape, name: case_.id, attention: full({}), dropout: 0, seed: 0 });
  const keyPadding = maskOf(case_, "padding_mask", true);
  return program(({ x }) => ({ output: block.call(x as Tensor3D, keyPadding === undefined ? {} : { keyPadding }) }), {
    bound: bindings(block.parameters(), names),
  });
}

function bindings(parameters: Readonly<Record<string, Variable>>, names: BlockNames): Record<string, Bound> {
  const ours = (name: string) => parameters[name] as Variable;
  const roles = ["query", "key", "value"];
  const weight = (name: string) => (names.flipped ? transposed(ours(name)) : asStored(ours(name))) as Bound;
  const layer = (theirs: string, own: string): [string, Bound][] => [
    [`${theirs}.weight`, own.endsWith("Norm") ? (asStored(ours(`${own}.weight`)) as Bound) : weight(`${own}.weight`)],
    [`${theirs}.bias`, asStored(ours(`${own}.bias`)) as Bound],
  ];
  const inputs = (part: string): [string, Bound] => [
    `${names.queryKeyValue}${names.separator}${part}`,
    packed(
      roles.map((role) => ours(`attention.${role}.${part}`)),
      names.flipped,
    ),
  ];
  return Object.fromEntries([
    inputs("weight"),
    inputs("bias"),
    ...layer(names.output, "attention.output"),
    ...layer(names.up, "feedForward.up"),
    ...layer(names.down, "feedForward.down"),
    ...layer(names.norms[0], "attentionNorm"),
    ...layer(names.norms[1], "feedForwardNorm"),
  ]);
}
