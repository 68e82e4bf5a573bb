import {
  concat,
  mul,
  setBackend,
  slice,
  sub,
  sum,
  type Scalar,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  transpose,
  variable,
  variableGrads,
} from "@tensorflow/tfjs-core";
import { MultiHeadAttention } from "@attention-lab/attention";
import { full } from "@attention-lab/attention-full";
import { beforeAll, expect, test } from "vitest";
import { golden, idsOf } from "./golden.ts";

beforeAll(async () => void (await setBackend("cpu")));

const ids = idsOf("mha_");

test("the golden folder has the cases", () => expect(ids.length).toBeGreaterThanOrEqual(6));

test.each(ids)("%s", async (id) => {
  const data = golden(id);
  const config = data.config as {
    embed_dim: number;
    num_heads: number;
    kdim: number;
    vdim: number;
    bias: boolean;
    causal: boolean;
  };
  const mha = new MultiHeadAttention({
    name: id,
    attention: full({}),
    dModel: config.embed_dim,
    heads: config.num_heads,
    keyInputs: config.kdim,
    valueInputs: config.vdim,
    bias: config.bias,
    causal: config.causal,
    maxLength: 16,
    seed: 0,
  });
  const parameters = mha.parameters();
  const part = (index: number) => ({ start: index * config.embed_dim, size: config.embed_dim });
  const weightOf = (name: string, packed: Tensor, index: number) => {
    const own = `${name.slice(0, 1)}_proj_weight`;
    const rows = data.has(own) ? data.tensor(own) : slice(packed, [part(index).start, 0], [part(index).size, -1]);
    return transpose(rows); // y = x W^T in torch, y = x W here
  };
  const packed = data.has("in_proj_weight") ? data.tensor("in_proj_weight") : data.tensor("q_proj_weight");
  for (const [index, name] of ["query", "key", "value"].entries()) {
    parameters[`${name}.weight`]?.assign(weightOf(name, packed, index));
    if (config.bias)
      parameters[`${name}.bias`]?.assign(slice(data.tensor("in_proj_bias"), part(index).start, part(index).size));
  }
  parameters["output.weight"]?.assign(transpose(data.tensor("out_proj.weight")));
  if (config.bias) parameters["output.bias"]?.assign(data.tensor("out_proj.bias"));

  const source = (name: string) => (data.has(name) ? variable(data.tensor<Tensor3D>(name)) : undefined);
  const [query, memory, memoryValues] = [source("query"), source("key"), source("value")];
  const x = query as unknown as Tensor3D;
  const call = {
    ...(memory === undefined ? {} : { memory: memory as unknown as Tensor3D }),
    ...(memoryValues === undefined ? {} : { memoryValues: memoryValues as unknown as Tensor3D }),
    ...(data.has("key_padding_mask") ? { keyPadding: sub(1, data.tensor("key_padding_mask")) as Tensor2D } : {}),
  };
  await data.expectClose("output", mha.call(x, call), "forward");
  await data.expectClose("attention", mha.weights(x, call), "forward");

  const variables = [query, memory, memoryValues, ...Object.values(parameters)].filter((each) => each !== undefined);
  const loss = () => sum(mul(mha.call(x, call), data.tensor("cotangent"))) as Scalar;
  const { grads } = variableGrads(loss, variables);
  const gradientOf = (name: string) => grads[parameters[name]?.name ?? ""] as Tensor;
  await data.expectClose("grad.query", grads[query?.name ?? ""] as Tensor, "gradient");
  if (memory !== undefined) await data.expectClose("grad.key", grads[memory.name] as Tensor, "gradient");
  if (memoryValues !== undefined) await data.expectClose("grad.value", grads[memoryValues.name] as Tensor, "gradient");
  await data.expectClose("grad.out_proj.weight", transpose(gradientOf("output.weight")), "gradient");
  const three = (kind: string) => ["query", "key", "value"].map((name) => gradientOf(`${name}.${kind}`));
  if (data.has("grad.in_proj_weight")) {
    await data.expectClose("grad.in_proj_weight", transpose(concat(three("weight"), 1)), "gradient");
  } else {
    for (const [index, name] of ["q", "k", "v"].entries()) {
      await data.expectClose(`grad.${name}_proj_weight`, transpose(three("weight")[index] as Tensor), "gradient");
    }
  }
  if (config.bias) {
    await data.expectClose("grad.in_proj_bias", concat(three("bias"), 0), "gradient");
    await data.expectClose("grad.out_proj.bias", gradientOf("output.bias"), "gradient");
  }
  for (const each of variables) each.dispose();
});
