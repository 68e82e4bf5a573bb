import { setBackend, type Tensor4D } from "@tensorflow/tfjs-core";
import { countByProfile } from "@attention-lab/attention/testkit";
import { randomNormal, scope } from "@attention-lab/tensors";
import { beforeAll, describe, expect, it } from "vitest";
import { linformer, nystromformer } from "../src/index.ts";
import { projectLength } from "../src/length-projection.ts";
import { peakBytesOf } from "../../attention/test/peak-bytes.ts";

beforeAll(() => setBackend("cpu"));

const site = {
  heads: 4,
  keyValueHeads: 2,
  headDim: 8,
  valueDim: 6,
  scale: 0.4,
  maxLength: 300,
  causal: false,
  dropout: 0,
  seed: 1,
};

describe("cost of linformer", () => {
  it.each([
    ["none", 2, 200, 300],
    ["none", 1, 100, 250],
    ["headwise", 2, 300, 300],
    ["key-value", 1, 10, 250],
  ] as const)(
    "sharing %s, batch %i, %i queries over %i keys: operations as counted",
    async (sharing, batch, queries, keys) => {
      const attention = linformer({ rank: 16, sharing });
      const mechanism = attention.build(site);
      const q = randomNormal(1, [batch, site.heads, queries, site.headDim]) as Tensor4D;
      const k = randomNormal(2, [batch, site.keyValueHeads, keys, site.headDim]) as Tensor4D;
      const v = randomNormal(3, [batch, site.keyValueHeads, keys, site.valueDim]) as Tensor4D;
      const input = (): never => {
        throw new Error("linformer has no use for the layer's input");
      };
      const call = { q, k, v, input, queryOffset: 0, training: false, step: 0 };
      const { multiplyAdds } = await countByProfile(() => scope("cost", () => void mechanism.attend(call)));
      expect(2 * multiplyAdds).toBeCloseTo(attention.cost(site, { batch, queries, keys }).flops, -1);
      for (const each of [q, k, v, ...Object.values(mechanism.parameters)]) each.dispose();
    },
  );

  // With one query the rest of an attend weighs nothing: what is left is the length projections.
  it.each([
    ["none", 2, 300],
    ["none", 1, 300],
    ["headwise", 2, 300],
    ["headwise", 1, 250],
  ] as const)("sharing %s, batch %i, %i keys: peak bytes as allocated", (sharing, batch, keys) => {
    const heads = site.keyValueHeads;
    const e = randomNormal(1, sharing === "none" ? [heads, 300, 16] : [300, 16]);
    const [k, v] = [site.headDim, site.valueDim].map(
      (width) => randomNormal(2, [batch, heads, keys, width]) as Tensor4D,
    ) as [Tensor4D, Tensor4D];
    const peakBytes = peakBytesOf(() => scope("cost", () => void [projectLength(k, e), projectLength(v, e)]));
    const declared = linformer({ rank: 16, sharing }).cost(site, { batch, queries: 1, keys }).peakBytes;
    expect(peakBytes / declared).toBeGreaterThan(0.9);
    expect(peakBytes / declared).toBeLessThan(1.05);
    for (const each of [e, k, v]) each.dispose();
  });
});

describe("cost of nystromformer", () => {
  const input = (): never => {
    throw new Error("nystromformer has no use for the layer's input");
  };
  const headsOf = (batch: number, length: number) =>
    [
      [site.heads, site.headDim],
      [site.keyValueHeads, site.headDim],
      [site.keyValueHeads, site.valueDim],
    ].map(([heads = 1, width = 1], i) => randomNormal(i, [batch, heads, length, width])) as [
      Tensor4D,
      Tensor4D,
      Tensor4D,
    ];

  it.each([
    [16, 2, 200],
    [16, 1, 203],
    [30, 1, 12],
  ])("%i landmarks, batch %i, %i positions: operations as counted", async (landmarks, batch, length) => {
    const attention = nystromformer({ landmarks });
    const mechanism = attention.build(site);
    const [q, k, v] = headsOf(batch, length);
    const call = { q, k, v, input, queryOffset: 0, training: false, step: 0 };
    const { multiplyAdds } = await countByProfile(() => scope("cost", () => void mechanism.attend(call)));
    expect(2 * multiplyAdds).toBeCloseTo(attention.cost(site, { batch, queries: length, keys: length }).flops, -1);
    for (const each of [q, k, v]) each.dispose();
  });

  it("the convolution is declared as its filters' multiply-adds, and its variables as built", () => {
    const [plain, convolved] = [{}, { convolution: 33 }].map((filter) =>
      nystromformer({ landmarks: 8, ...filter }).cost(site, { batch: 3, queries: 100, keys: 100 }),
    );
    expect((convolved?.flops ?? 0) - (plain?.flops ?? 0)).toBe(2 * 3 * 2 * 100 * 6 * 33);
    const { parameters } = nystromformer({ landmarks: 8, convolution: 33 }).build(site);
    expect(parameters["convolution"]?.size).toBe(convolved?.parameters);
    for (const each of Object.values(parameters)) each.dispose();
  });

  it("grows linearly: twice the length costs at most twice as much", () => {
    for (const options of [{ landmarks: 64 }, { landmarks: 64, convolution: 33 }]) {
      const at = (length: number) => nystromformer(options).cost(site, { batch: 1, queries: length, keys: length });
      for (const length of [4096, 16384]) {
        expect(at(2 * length).flops).toBeLessThanOrEqual(2 * at(length).flops);
        expect(at(2 * length).peakBytes).toBeLessThanOrEqual(2 * at(length).peakBytes);
      }
    }
  });
});
