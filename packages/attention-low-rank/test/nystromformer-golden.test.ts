import {
  add,
  concat,
  mul,
  pad,
  reshape,
  type Scalar,
  setBackend,
  slice,
  split,
  sum,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  transpose,
  type Variable,
  variable,
  variableGrads,
} from "@tensorflow/tfjs-core";
import { mergeHeads, MultiHeadAttention, splitHeads } from "@attention-lab/attention";
import { linear } from "@attention-lab/ops";
import { beforeAll, describe, it } from "vitest";
import { nystromformer } from "../src/index.ts";
import { goldenCase } from "../../attention/test/golden-case.ts";

beforeAll(() => setBackend("cpu"));

const roles = ["query", "key", "value"] as const;

/** A golden tensor that has a gradient; a torch weight is [out, in]. */
interface Named {
  readonly name: string;
  readonly variables: Variable[];
  /** Gradients of the variables in the golden layout. */
  readonly stored: (gradients: Tensor[]) => Tensor;
}

const first = (gradients: Tensor[]) => gradients[0] as Tensor;

/** The output, and the gradients of sum(output * cotangent) by their golden names. */
async function expectCase(golden: ReturnType<typeof goldenCase>, output: () => Tensor, named: Named[]) {
  await golden.expectClose(output(), "output");
  const loss = () => sum(mul(output(), golden.tensor("cotangent"))) as Scalar;
  const { grads } = variableGrads(
    loss,
    named.flatMap(({ variables }) => variables),
  );
  for (const { name, variables, stored } of named)
    await golden.expectClose(stored(variables.map((each) => grads[each.name] as Tensor)), `grad.${name}`);
}
describe("nystromformer (Hugging Face)", () => {
  it.each(["nystromformer_hf", "nystromformer_hf_conv_mask"])("%s", async (id) => {
    const golden = goldenCase(id);
    const { num_heads: heads, num_landmarks: landmarks, hidden_size: dModel } = golden.config as Record<string, number>;
    const size = golden.config["conv_kernel_size"] as number | null;
    const mechanism = nystromformer({
      landmarks: landmarks as number,
      ...(size === null ? {} : { convolution: size }),
      initialisation: "per-batch",
      padding: "third-kernel",
    }).build({
      heads: heads as number,
      keyValueHeads: heads as number,
      headDim: (dModel as number) / (heads as number),
      valueDim: (dModel as number) / (heads as number),
      scale: ((dModel as number) / (heads as number)) ** -0.5,
      maxLength: 12,
      causal: false,
      dropout: 0,
      seed: 1,
    });
    const x = variable(golden.tensor("x"));
    const weights = roles.map((role) => variable(golden.tensor<Tensor2D>(`${role}.weight`)));
    const biases = roles.map((role) => variable(golden.tensor(`${role}.bias`)));
    const keyPadding = id.endsWith("mask") ? { keyPadding: golden.tensor<Tensor2D>("valid_mask") } : {};
    const filter = mechanism.parameters["convolution"];
    filter?.assign(reshape(golden.tensor("conv.weight"), filter.shape));
    const output = () => {
      const [q, k, v] = roles.map((_, i) =>
        splitHeads(linear(x, transpose(weights[i] as Tensor) as Tensor2D, biases[i] as never), heads as number),
      ) as [never, never, never];
      const input = () => x as unknown as Tensor3D;
      return mergeHeads(mechanism.attend({ q, k, v, ...keyPadding, input, queryOffset: 0, training: false, step: 0 }));
    };
    await expectCase(golden, output, [
      { name: "x", variables: [x], stored: first },
      ...roles.map((role, i) => ({ name: `${role}.weight`, variables: [weights[i] as Variable], stored: first })),
      ...roles.map((role, i) => ({ name: `${role}.bias`, variables: [biases[i] as Variable], stored: first })),
      ...(filter === undefined
        ? []
        : [
            {
              name: "conv.weight",
              variables: [filter],
              stored: (gradients: Tensor[]) => reshape(first(gradients), golden.tensor("conv.weight").shape),
            },
          ]),
    ]);
  });
});

/** nystrom-attention fills a length up with zero tokens in front, which take part where no mask is given: here the caller does that. */
describe("nystrom-attention (lucidrains)", () => {
  it.each(["nystrom", "nystrom_residual_padded"])("%s", async (id) => {
    const golden = goldenCase(id);
    const { heads, dim: dModel, num_landmarks: landmarks, N: length } = golden.config as Record<string, number>;
    const size = golden.config["residual_conv_kernel"] as number | null;
    const convolution = size === null ? {} : { convolution: size };
    const zeros = (landmarks as number) - 1 - (((length as number) - 1) % (landmarks as number));
    const layer = new MultiHeadAttention({
      name: id,
      attention: nystromformer({ landmarks: landmarks as number, ...convolution, initialisation: "per-batch" }),
      dModel: dModel as number,
      heads: heads as number,
      maxLength: 16,
      seed: 1,
    });
    const parameters = layer.parameters();
    const qkv = roles.map((role) => parameters[`${role}.weight`] as Variable);
    const packed = split(transpose(golden.tensor<Tensor2D>("to_qkv.weight")), 3, 1);
    for (const [i, each] of qkv.entries()) each.assign(packed[i] as Tensor);
    parameters["output.weight"]?.assign(transpose(golden.tensor<Tensor2D>("to_out.0.weight")));
    const bias = variable(golden.tensor("to_out.0.bias"));
    const filter = parameters["mechanism.convolution"];
    filter?.assign(reshape(golden.tensor("res_conv.weight"), filter.shape));
    const x = variable(golden.tensor("x"));
    const output = () => {
      const filled = pad(x, [
        [0, 0],
        [zeros, 0],
        [0, 0],
      ]) as Tensor3D;
      return add(slice(layer.call(filled), [0, zeros, 0], [-1, -1, -1]), bias);
    };
    await expectCase(golden, output, [
      { name: "x", variables: [x], stored: first },
      { name: "to_qkv.weight", variables: qkv, stored: (gradients) => transpose(concat(gradients, 1)) },
      {
        name: "to_out.0.weight",
        variables: [parameters["output.weight"] as Variable],
        stored: (gradients) => transpose(first(gradients)),
      },
      { name: "to_out.0.bias", variables: [bias], stored: first },
      ...(filter === undefined
        ? []
        : [
            {
              name: "res_conv.weight",
              variables: [filter],
              stored: (gradients: Tensor[]) => reshape(first(gradients), golden.tensor("res_conv.weight").shape),
            },
          ]),
    ]);
  });
});
