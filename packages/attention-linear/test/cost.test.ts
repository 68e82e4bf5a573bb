import { setBackend, type Tensor4D } from "@tensorflow/tfjs-core";
import type { Attention } from "@attention-lab/attention";
import { countByProfile } from "@attention-lab/attention/testkit";
import { randomNormal, scope } from "@attention-lab/tensors";
import { beforeAll, describe, expect, it } from "vitest";
import { efficient, linear } from "../src/index.ts";
import { peakBytesOf } from "../../attention/test/peak-bytes.ts";

beforeAll(() => setBackend("cpu"));

// Wide features beside narrow values: the stock backend's composed contraction holds two copies of the output that the engines' kernel does not.
const site = {
  heads: 2,
  keyValueHeads: 1,
  headDim: 64,
  valueDim: 6,
  scale: 0.2,
  maxLength: 4096,
  causal: false,
  dropout: 0,
  seed: 1,
};

/** Multiply-adds and peak bytes of one attend on the stock backend, inputs not counted. */
async function measure(queries: number, keys: number, attention: Attention = linear({})) {
  const mechanism = attention.build(site);
  const q = randomNormal(1, [2, site.heads, queries, site.headDim]) as Tensor4D;
  const k = randomNormal(2, [2, site.keyValueHeads, keys, site.headDim]) as Tensor4D;
  const v = randomNormal(3, [2, site.keyValueHeads, keys, site.valueDim]) as Tensor4D;
  const input = (): never => {
    throw new Error("linear attention has no use for the layer's input");
  };
  const call = { q, k, v, input, queryOffset: 0, training: false, step: 0 };
  const run = () => scope("cost", () => void mechanism.attend(call));
  const measured = { ...(await countByProfile(run)), peakBytes: peakBytesOf(run) };
  for (const each of [q, k, v]) each.dispose();
  return { measured, declared: attention.cost(site, { batch: 2, queries, keys }) };
}

describe("cost", () => {
  it.each([
    [500, 500],
    [100, 900],
    [900, 100],
  ])("%i queries over %i keys: operations as counted, bytes at least as declared", async (queries, keys) => {
    const { measured, declared } = await measure(queries, keys);
    expect(measured.multiplyAdds * 2).toBeCloseTo(declared.flops, -2);
    // Declared is what the engines hold; a composed map holds three copies of what it makes for a while.
    expect(measured.peakBytes / declared.peakBytes).toBeGreaterThan(0.9);
    expect(measured.peakBytes / declared.peakBytes).toBeLessThan(3);
  });

  it("efficient multiplies as often; the engines count its bytes, since the stock softmax holds more", async () => {
    const { measured, declared } = await measure(300, 500, efficient({}));
    expect(measured.multiplyAdds * 2).toBeCloseTo(declared.flops, -2);
    expect(declared.stateBytes).toBe(0);
  });

  it("grows linearly with length, the decoding state not at all", () => {
    const at = (n: number) => linear({}).cost({ ...site, causal: true }, { batch: 1, queries: n, keys: n });
    // From here on the engines cut the sequence into as many segments.
    expect(at(16_384).flops / at(4096).flops).toBeCloseTo(4, 1);
    expect(at(4096).peakBytes / at(1024).peakBytes).toBeCloseTo(4, 1);
    expect(at(4096).stateBytes).toBe(4 * 64 * (6 + 1));
    expect(at(1024).stateBytes).toBe(at(4096).stateBytes);
  });
});
