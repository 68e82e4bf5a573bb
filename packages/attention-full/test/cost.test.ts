import { setBackend, type Tensor4D, variable, zeros } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { full } from "@attention-lab/attention-full";
import type { Site } from "@attention-lab/attention";
import { countByProfile, testAttention } from "@attention-lab/attention/testkit";
import { randomNormal, scope } from "@attention-lab/tensors";

beforeAll(async () => void (await setBackend("cpu")));

const site: Site = {
  heads: 4,
  keyValueHeads: 2,
  headDim: 16,
  valueDim: 8,
  scale: 0.25,
  maxLength: 1024,
  causal: false,
  dropout: 0,
  seed: 1,
};
const noInput = () => {
  throw new Error("test: full attention must not ask for the layer's input, got asked");
};
const lengths = { batch: 3, queries: 100, keys: 100 };

test("operations are two per multiply-add of every visible pair", () => {
  const pairs = 3 * 4 * 100 * 100;
  const causalPairs = 3 * 4 * ((100 * 101) / 2);
  const perPair = 2 * (16 + 8);
  expect(full({}).cost(site, lengths).flops).toBe(pairs * perPair);
  expect(full({}).cost({ ...site, causal: true }, lengths).flops).toBe(causalPairs * perPair);
  expect(full({ implementation: "composed" }).cost({ ...site, causal: true }, lengths).flops).toBe(pairs * perPair);
});

test("fused memory is linear, composed memory quadratic, in the length", () => {
  const growth = (implementation: "fused" | "composed") => {
    const bytes = (n: number) => full({ implementation }).cost(site, { batch: 1, queries: n, keys: n }).peakBytes;
    return bytes(2000) / bytes(1000);
  };
  expect(growth("fused")).toBeCloseTo(2, 10);
  expect(growth("composed")).toBeGreaterThan(3.9);
});

test("the cache grows by one key and one value per key-value head", () => {
  const bytes = (queries: number) => full({}).cost(site, { batch: 1, queries, keys: queries }).stateBytes;
  expect(bytes(11) - bytes(10)).toBe(4 * 2 * (16 + 8));
});

describe("composed, against what TensorFlow.js' profile counts on the cpu backend", () => {
  test.each([false, true])("peak bytes, causal %s", async (causal) => {
    const attention = full({ implementation: "composed" });
    const mechanism = attention.build({ ...site, causal });
    for (const n of [64, 128]) {
      const shaped = (heads: number, width: number) => randomNormal(n, [2, heads, n, width]) as Tensor4D;
      const call = { q: shaped(4, 16), k: shaped(2, 16), v: shaped(2, 8), queryOffset: 0, training: false, step: 0 };
      const { peakBytes } = await countByProfile(() =>
        scope("measured", () => void mechanism.attend({ ...call, input: noInput })),
      );
      const declared = attention.cost({ ...site, causal }, { batch: 2, queries: n, keys: n }).peakBytes;
      expect(declared / peakBytes).toBeGreaterThan(0.9);
      expect(declared / peakBytes).toBeLessThan(1.1);
      for (const tensor of [call.q, call.k, call.v]) tensor.dispose();
    }
  });

  test("operations", async () => {
    const findings = await testAttention(full({ implementation: "composed" }), { count: countByProfile });
    const counted = findings.filter(({ check }) => check.includes("operations"));
    expect(counted.length).toBe(2);
    expect(counted.every(({ ok }) => ok)).toBe(true);
  });
});

test("Shaw's tables add two operations per query, offset and channel, once more for values", () => {
  const clip = 5;
  const keys = variable(zeros([2 * clip + 1, 16]));
  const values = variable(zeros([2 * clip + 1, 8]));
  const flops = (relative?: Site["relative"]) =>
    full({}).cost(relative === undefined ? site : { ...site, relative }, lengths).flops;
  const met = 3 * 4 * 100 * 11;
  expect(flops({ clip, keys }) - flops()).toBe(2 * met * 16);
  expect(flops({ clip, keys, values }) - flops()).toBe(2 * met * (16 + 8));
  for (const table of [keys, values]) table.dispose();
});
