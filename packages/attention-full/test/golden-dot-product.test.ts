import { grads, mul, setBackend, sum, type Scalar, type Tensor, type Tensor4D } from "@tensorflow/tfjs-core";
import type { Site } from "@attention-lab/attention";
import { denseAttention, full } from "@attention-lab/attention-full";
import { scope } from "@attention-lab/tensors";
import { beforeAll, expect, test } from "vitest";
import { golden, idsOf } from "./golden.ts";

beforeAll(async () => void (await setBackend("cpu")));

const ids = idsOf("sdpa_", "gqa_", "mqa_");
const plain = ids.filter((id) => !golden(id).has("bias") && !golden(id).has("mask"));

test("the golden folder has the cases", () => expect(ids.length).toBeGreaterThanOrEqual(7));

const noInput = () => {
  throw new Error("test: full attention must not ask for the layer's input, got asked");
};

function siteOf({ config }: ReturnType<typeof golden>, q: Tensor4D, k: Tensor4D, v: Tensor4D): Site {
  const headDim = q.shape[3];
  return {
    heads: q.shape[1],
    keyValueHeads: k.shape[1],
    headDim,
    valueDim: v.shape[3],
    scale: typeof config["scale"] === "number" ? config["scale"] : 1 / Math.sqrt(headDim),
    maxLength: 16,
    causal: config["is_causal"] === true,
    dropout: 0,
    seed: 0,
  };
}

test.each(plain.flatMap((id) => [[id, "fused"] as const, [id, "composed"] as const]))(
  "%s, %s",
  async (id, implementation) => {
    const data = golden(id);
    const [q, k, v] = (["q", "k", "v"] as const).map((name) => data.tensor<Tensor4D>(name)) as [
      Tensor4D,
      Tensor4D,
      Tensor4D,
    ];
    const mechanism = full({ implementation }).build(siteOf(data, q, k, v));
    const attend = (q: Tensor, k: Tensor, v: Tensor) => {
      const call = { q: q as Tensor4D, k: k as Tensor4D, v: v as Tensor4D, queryOffset: 0, training: false, step: 0 };
      return mechanism.attend({ ...call, input: noInput });
    };
    await data.expectClose("output", attend(q, k, v), "forward");
    const cotangent = data.tensor("cotangent");
    const gradients = scope("gradients", () =>
      grads((q: Tensor, k: Tensor, v: Tensor) => sum(mul(attend(q, k, v), cotangent)) as Scalar)([q, k, v]),
    );
    for (const [index, name] of ["grad.q", "grad.k", "grad.v"].entries()) {
      await data.expectClose(name, gradients[index] as Tensor, "gradient");
    }
  },
);

test.each(ids.filter((id) => !plain.includes(id)))("%s, dense bias or mask", async (id) => {
  const data = golden(id);
  const [q, k, v] = (["q", "k", "v"] as const).map((name) => data.tensor<Tensor4D>(name)) as [
    Tensor4D,
    Tensor4D,
    Tensor4D,
  ];
  const { scale } = siteOf(data, q, k, v);
  const extras = ["bias", "mask"].filter((name) => data.has(name));
  const attend = (...inputs: Tensor[]) => {
    const [q, k, v, bias] = inputs as [Tensor4D, Tensor4D, Tensor4D, Tensor | undefined];
    const mask = data.has("mask") ? { mask: data.tensor("mask") } : {};
    return denseAttention({ q, k, v, ...mask, ...(bias === undefined ? {} : { bias }) }, { scale });
  };
  const inputs: Tensor[] = data.has("bias") ? [q, k, v, data.tensor("bias")] : [q, k, v];
  await data.expectClose("output", attend(...inputs), "forward");
  const cotangent = data.tensor("cotangent");
  const gradients = scope("gradients", () =>
    grads((...args: Tensor[]) => sum(mul(attend(...args), cotangent)) as Scalar)(inputs),
  );
  const names = ["grad.q", "grad.k", "grad.v", "grad.bias"].slice(0, inputs.length);
  for (const [index, name] of names.entries()) await data.expectClose(name, gradients[index] as Tensor, "gradient");
  expect(extras.length).toBe(1);
});
