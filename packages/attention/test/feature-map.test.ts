import { readFileSync } from "node:fs";
import {
  add,
  elu,
  grads,
  mul,
  setBackend,
  sum,
  tensor,
  type Scalar,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  transpose,
} from "@tensorflow/tfjs-core";
import { defineAttention, featureMapCost, featureMapMechanism, type Site } from "@attention-lab/attention";
import { countByProfile, featureOracle, type Oracle, testAttention } from "@attention-lab/attention/testkit";
import { readSafetensors, scope } from "@attention-lab/tensors";
import { beforeAll, expect, test } from "vitest";

beforeAll(async () => void (await setBackend("cpu")));

const map = (x: Tensor4D) => add(elu(x), 1) as Tensor4D;
const site = (heads: number, headDim: number, valueDim: number, causal: boolean): Site => ({
  heads,
  keyValueHeads: heads,
  headDim,
  valueDim,
  causal,
  scale: 1,
  maxLength: 16,
  dropout: 0,
  seed: 0,
});

/** Golden cases of fast-transformers (Katharopoulos et al. 2020), elu(x) + 1. */
const cases = [
  ["linear_attention", false, 1e-6],
  ["linear_attention_cross_padding", false, 1e-6],
  ["linear_attention_causal", true, 1e-6],
] as const;

test.each(cases)("golden %s: outputs and gradients", async (id, causal, epsilon) => {
  const stored = readSafetensors(readFileSync(new URL(`../../../golden/${id}.safetensors`, import.meta.url)));
  const read = (name: string) => {
    const found = stored.get(name);
    if (found === undefined) throw new RangeError(`golden ${id}: there must be a tensor of the name, got ${name}`);
    return tensor(Float32Array.from(found.values, Number), found.shape);
  };
  // The package puts positions before heads: [B,N,H,D].
  const swapped = (x: Tensor) => transpose(x, [0, 2, 1, 3]) as Tensor4D;
  const inputs = (["q", "k", "v"] as const).map((name) => swapped(read(name))) as [Tensor4D, Tensor4D, Tensor4D];
  const [q, , v] = inputs;
  const mechanism = featureMapMechanism(site(q.shape[1], q.shape[3], v.shape[3], causal), {
    map,
    featureCount: q.shape[3],
    epsilon,
  });
  const padding = stored.has("valid_mask") ? { keyPadding: read("valid_mask") as Tensor2D } : {};
  const attend = (q: Tensor, k: Tensor, v: Tensor) => {
    const heads = { q: q as Tensor4D, k: k as Tensor4D, v: v as Tensor4D };
    const input = () => {
      throw new Error("test: a feature map must not ask for the input, got asked");
    };
    return mechanism.attend({ ...heads, ...padding, input, queryOffset: 0, training: false, step: 0 });
  };
  expectClose(swapped(attend(...inputs)), read("output"), { relative: 1e-4, absolute: 1e-5 });
  const loss = (q: Tensor, k: Tensor, v: Tensor) => sum(mul(swapped(attend(q, k, v)), read("cotangent"))) as Scalar;
  const gradients = scope("gradients", () => grads(loss)(inputs));
  for (const [index, name] of ["grad.q", "grad.k", "grad.v"].entries()) {
    expectClose(swapped(gradients[index] as Tensor), read(name), { relative: 1e-3, absolute: 1e-4 });
  }
});

test.each([0, 1e-6])("elu(x) + 1 passes the testkit with epsilon %s", async (epsilon) => {
  const variant = defineAttention({
    name: "elu",
    paper: "Katharopoulos et al. 2020",
    version: 1,
    supports: {
      causal: true,
      keyPadding: true,
      crossAttention: true,
      groupedQuery: true,
      scoreBias: "no scores",
      relativeContent: "no scores",
      dropout: "no weights",
      anyLength: true,
      stepwise: true,
      weights: true,
    },
    parse: () => ({}),
    build: (_options, site) =>
      featureMapMechanism(site, {
        map: (x) => map(mul(x, site.scale) as Tensor4D),
        featureCount: site.headDim,
        epsilon,
      }),
    cost: (_options, site, lengths) => featureMapCost(site, lengths, site.headDim),
  });
  const oracle: Oracle = (call) =>
    featureOracle(call, {
      map: (rows) => rows.map((row) => row.map((x) => eluPlusOne(call.site.scale * x))),
      epsilon,
    });
  const findings = await testAttention(variant({}), { oracle });
  expect(findings.filter(({ ok }) => !ok)).toEqual([]);
  // The composed causal form spends more than the recurrence, on its triangles of 64 x 64.
  const counting = { oracle, count: countByProfile, costTolerance: { flops: 1e-9 }, only: /not causal: operations/ };
  expect(await testAttention(variant({}), counting)).toMatchObject([{ ok: true }]);
});

test("a causal call away from position 0 is refused", () => {
  const mechanism = featureMapMechanism(site(1, 2, 2, true), { map, featureCount: 2, epsilon: 0 });
  const x = tensor([1, 2], [1, 1, 1, 2]) as Tensor4D;
  const call = { q: x, k: x, v: x, input: () => x as never, queryOffset: 3, training: false, step: 0 };
  expect(() => mechanism.attend(call)).toThrow(
    "feature map attention: a causal call starts at position 0 (decode with stepwise), got 3",
  );
});

const eluPlusOne = (x: number) => (x > 0 ? x + 1 : Math.exp(x));

function expectClose(got: Tensor, want: Tensor, { relative, absolute }: { relative: number; absolute: number }): void {
  expect(got.shape).toEqual(want.shape);
  const [a, b] = [got.dataSync(), want.dataSync()];
  for (const [index, value] of b.entries()) {
    const error = Math.abs((a[index] ?? Number.NaN) - value);
    expect(error <= absolute + relative * Math.abs(value), `[${index}]: got ${a[index]}, want ${value}`).toBe(true);
  }
}
