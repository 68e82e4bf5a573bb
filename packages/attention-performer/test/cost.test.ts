import { setBackend, type Tensor4D } from "@tensorflow/tfjs-core";
import { countByProfile } from "@attention-lab/attention/testkit";
import { randomNormal, scope } from "@attention-lab/tensors";
import { beforeAll, describe, expect, it } from "vitest";
import { performer, type PerformerOptions } from "../src/index.ts";
import { peakBytesOf } from "../../attention/test/peak-bytes.ts";

beforeAll(() => setBackend("cpu"));

const site = {
  heads: 2,
  keyValueHeads: 1,
  headDim: 8,
  valueDim: 6,
  scale: 0.4,
  maxLength: 4096,
  causal: false,
  dropout: 0,
  seed: 1,
};

/** Multiply-adds and peak bytes of one attend on the stock backend, inputs not counted. */
async function measure(options: PerformerOptions, queries: number, keys: number) {
  const mechanism = performer(options).build(site);
  const q = randomNormal(1, [2, site.heads, queries, site.headDim]) as Tensor4D;
  const k = randomNormal(2, [2, site.keyValueHeads, keys, site.headDim]) as Tensor4D;
  const v = randomNormal(3, [2, site.keyValueHeads, keys, site.valueDim]) as Tensor4D;
  const input = (): never => {
    throw new Error("performer has no use for the layer's input");
  };
  const call = { q, k, v, input, queryOffset: 0, training: false, step: 0 };
  const run = () => scope("cost", () => void mechanism.attend(call));
  const measured = { ...(await countByProfile(run)), peakBytes: peakBytesOf(run) };
  for (const each of [q, k, v]) each.dispose();
  return { measured, declared: performer(options).cost(site, { batch: 2, queries, keys }) };
}

describe("cost", () => {
  it.each([
    ["positive", 500, 500],
    ["positive", 100, 900],
    ["relu", 500, 500],
    ["hyperbolic", 500, 500],
    ["trigonometric", 500, 500],
    ["trigonometric", 900, 100],
  ] as const)(
    "%s: %i queries over %i keys: operations as counted, bytes at least as declared",
    async (map, queries, keys) => {
      const { measured, declared } = await measure({ features: 64, map, orthogonal: true }, queries, keys);
      expect(measured.multiplyAdds * 2).toBeCloseTo(declared.flops, -2);
      // Declared is what the engines hold; a composed map holds three copies of what it makes for a while.
      expect(measured.peakBytes / declared.peakBytes).toBeGreaterThan(0.9);
      expect(measured.peakBytes / declared.peakBytes).toBeLessThan(3);
    },
  );

  it("grows linearly with length", () => {
    const attention = performer({ features: 64, map: "positive", orthogonal: true });
    const at = (n: number) => attention.cost(site, { batch: 1, queries: n, keys: n });
    expect(at(4096).flops / at(1024).flops).toBeCloseTo(4, 1);
    expect(at(4096).peakBytes / at(1024).peakBytes).toBeCloseTo(4, 1);
    expect(at(4096).stateBytes).toBe(at(1024).stateBytes);
  });
});
