import { setBackend, type Tensor4D } from "@tensorflow/tfjs-core";
import { countByProfile } from "@attention-lab/attention/testkit";
import { randomNormal, scope } from "@attention-lab/tensors";
import { beforeAll, describe, expect, it } from "vitest";
import { retention, type RetentionVariantOptions } from "../src/index.ts";
import { peakBytesOf } from "../../attention/test/peak-bytes.ts";

beforeAll(() => setBackend("cpu"));

const siteOf = (causal: boolean, keyValueHeads = 2) => ({
  heads: 2,
  keyValueHeads,
  headDim: 16,
  valueDim: 12,
  scale: 0.25,
  maxLength: 4096,
  causal,
  dropout: 0,
  seed: 1,
});

/** Multiply-adds and peak bytes of one attend on the stock backend, inputs not counted. */
async function measure(options: RetentionVariantOptions, site: ReturnType<typeof siteOf>, length: number) {
  const mechanism = retention(options).build(site);
  const q = randomNormal(1, [2, site.heads, length, site.headDim]) as Tensor4D;
  const k = randomNormal(2, [2, site.keyValueHeads, length, site.headDim]) as Tensor4D;
  const v = randomNormal(3, [2, site.keyValueHeads, length, site.valueDim]) as Tensor4D;
  const input = (): never => {
    throw new Error("retention has no use for the layer's input");
  };
  const call = { q, k, v, input, queryOffset: 0, training: false, step: 0 };
  const run = () => scope("cost", () => void mechanism.attend(call));
  const measured = { ...(await countByProfile(run)), peakBytes: peakBytesOf(run) };
  for (const each of [q, k, v]) each.dispose();
  return { measured, declared: retention(options).cost(site, { batch: 2, queries: length, keys: length }) };
}

describe("cost", () => {
  it.each([
    ["many chunks", { chunk: 32 }, true, 2, 500],
    ["many chunks, both ways", { chunk: 32 }, false, 2, 500],
    ["a shared key-value head", { chunk: 32 }, true, 1, 500],
    ["one chunk", { chunk: 128 }, true, 2, 100],
    ["one chunk, both ways", { chunk: 128 }, false, 2, 100],
    ["the parallel form", { form: "parallel" }, true, 2, 200],
    ["the parallel form, both ways", { form: "parallel" }, false, 2, 200],
  ] as const)("%s, as counted", async (_name, options, causal, keyValueHeads, length) => {
    const { measured, declared } = await measure(options, siteOf(causal, keyValueHeads), length);
    expect(measured.multiplyAdds * 2).toBeCloseTo(declared.flops, -2);
    expect(measured.peakBytes / declared.peakBytes).toBeGreaterThan(0.9);
    expect(measured.peakBytes / declared.peakBytes).toBeLessThan(1.1);
  });

  it("grows linearly with length, but quadratically in the parallel form; the decoding state not at all", () => {
    const lengths = [4096, 16384] as const;
    for (const [options, growth] of [
      [{}, 4],
      [{ form: "parallel" }, 16],
    ] as const) {
      const [short, long] = lengths.map((n) =>
        retention(options).cost(siteOf(true), { batch: 1, queries: n, keys: n }),
      );
      expect(long!.flops / short!.flops).toBeCloseTo(growth, 0);
      expect(long!.peakBytes / short!.peakBytes).toBeCloseTo(growth, 0);
      expect(long!.stateBytes).toBe(4 * 2 * 16 * 12);
      expect(short!.stateBytes).toBe(long!.stateBytes);
    }
  });
});
