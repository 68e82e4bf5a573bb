import {
  mul,
  type Scalar,
  setBackend,
  sum,
  tensor,
  type Tensor,
  type Tensor3D,
  type Variable,
  variableGrads,
  variable,
} from "@tensorflow/tfjs-core";
import { beforeAll, describe, test } from "vitest";
import { TransformerBlock } from "../src/index.ts";
import { golden } from "../../tensors/test/golden.ts";
import { textbook } from "./toy-variants.ts";

beforeAll(async () => {
  await setBackend("cpu");
});

type Golden = ReturnType<typeof golden>;
/** Where a parameter of ours lies in an array of theirs: all of it, or one of three equal parts of its outputs (query, key, value). */
interface Source {
  readonly name: string;
  readonly part?: number;
}

/** That parameter as [in, out], transposed when the other implementation stores weights [out, in]. */
function cut(
  case_: Golden,
  prefix: string,
  { name, part }: Source,
  transposed: boolean,
): { shape: number[]; values: Float32Array } {
  const { shape, values } = case_.array(prefix + name);
  const vector = shape.length === 1;
  const rows = vector ? 1 : (shape[transposed ? 1 : 0] ?? 0);
  const columns = values.length / rows;
  const from = part === undefined ? 0 : (part * columns) / 3;
  const width = part === undefined ? columns : columns / 3;
  const cutOut = Float32Array.from({ length: rows * width }, (_, index) => {
    const row = Math.floor(index / width);
    const column = from + (index % width);
    return values[transposed && !vector ? column * rows + row : row * columns + column] ?? NaN;
  });
  return { shape: vector ? [width] : [rows, width], values: cutOut };
}

function checkBlock(
  case_: Golden,
  block: TransformerBlock,
  sources: Readonly<Record<string, Source>>,
  transposed: boolean,
): void {
  const parameters = block.parameters();
  for (const [name, parameter] of Object.entries(parameters)) {
    const source = sources[name];
    if (source === undefined) throw new Error(`no source for ${name}`);
    const { shape, values } = cut(case_, "", source, transposed);
    parameter.assign(tensor(values, shape));
  }
  const load = (name: string) => tensor(case_.array(name).values, case_.array(name).shape);
  const x = variable(load("x")) as Variable;
  const run = () => block.call(x as Tensor as Tensor3D);
  case_.expectClose("output", run().dataSync());
  const all = { x, ...parameters };
  const { grads } = variableGrads(() => sum<Scalar>(mul(run(), load("cotangent"))), Object.values(all));
  case_.expectClose("grad.x", grads[x.name]?.dataSync() ?? []);
  for (const [name, parameter] of Object.entries(parameters)) {
    const want = cut(case_, "grad.", sources[name] as Source, transposed).values;
    case_.expectGradient(name, grads[parameter.name]?.dataSync() ?? [], want);
  }
}

const attentionOptions = { maxLength: 8, attention: textbook({}), dropout: 0, seed: 1 } as const;

/** GPT-2's and torch's names for our parameters. */
function sourcesOf(names: {
  qkv: [string, string];
  output: string;
  up: string;
  down: string;
  norms: [string, string];
}) {
  const [weights, biases] = names.qkv;
  const linear = (ours: string, theirs: string) => ({
    [`${ours}.weight`]: { name: `${theirs}.weight` },
    [`${ours}.bias`]: { name: `${theirs}.bias` },
  });
  const projections = ["query", "key", "value"].flatMap((role, part) => [
    [`attention.${role}.weight`, { name: weights, part }],
    [`attention.${role}.bias`, { name: biases, part }],
  ]) as [string, Source][];
  return {
    ...Object.fromEntries(projections),
    ...linear("attention.output", names.output),
    ...linear("feedForward.up", names.up),
    ...linear("feedForward.down", names.down),
    ...linear("attentionNorm", names.norms[0]),
    ...linear("feedForwardNorm", names.norms[1]),
  };
}

describe("golden blocks", () => {
  test("gpt2_block", () => {
    const case_ = golden("gpt2_block");
    const { n_embd: dModel, n_head: heads, n_inner: feedForward } = case_.config as Record<string, number>;
    const block = new TransformerBlock({
      ...attentionOptions,
      name: "gpt2",
      dModel: dModel ?? 0,
      heads: heads ?? 0,
      feedForward: feedForward ?? 0,
      causal: true,
      norm: "pre",
      activation: "geluTanh",
    });
    const names = sourcesOf({
      qkv: ["attn.c_attn.weight", "attn.c_attn.bias"],
      output: "attn.c_proj",
      up: "mlp.c_fc",
      down: "mlp.c_proj",
      norms: ["ln_1", "ln_2"],
    });
    checkBlock(case_, block, names, false);
  });

  test.each(["encoder_layer_post_relu", "encoder_layer_post_gelu_causal"])("%s", (id) => {
    const case_ = golden(id);
    const { d_model: dModel, nhead: heads, dim_feedforward: feedForward, activation, causal } = case_.config;
    const block = new TransformerBlock({
      ...attentionOptions,
      name: id,
      dModel: Number(dModel),
      heads: Number(heads),
      feedForward: Number(feedForward),
      causal: causal === true,
      norm: case_.config["norm_first"] === true ? "pre" : "post",
      activation: activation === "relu" ? "relu" : "geluErf",
    });
    const names = sourcesOf({
      qkv: ["self_attn.in_proj_weight", "self_attn.in_proj_bias"],
      output: "self_attn.out_proj",
      up: "linear1",
      down: "linear2",
      norms: ["norm1", "norm2"],
    });
    checkBlock(case_, block, names, true);
  });
});
