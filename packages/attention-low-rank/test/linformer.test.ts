import { memory, setBackend, type Tensor4D } from "@tensorflow/tfjs-core";
import { type Mechanism, MultiHeadAttention, type Site } from "@attention-lab/attention";
import { smallSite } from "@attention-lab/attention/testkit";
import { randomNormal, scope } from "@attention-lab/tensors";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { linformer, type LinformerOptions, sharedProjection } from "../src/index.ts";

beforeAll(() => setBackend("cpu"));

const siteOf = (changes: Partial<Site> = {}) => smallSite({ heads: 4, keyValueHeads: 2, maxLength: 12, ...changes });

function attend(mechanism: Mechanism, site: Site, { batch = 1, queries = 5, keys = 5 } = {}): Float32Array {
  const output = scope("test", () =>
    mechanism.attend({
      q: randomNormal(1, [batch, site.heads, queries, site.headDim]) as Tensor4D,
      k: randomNormal(2, [batch, site.keyValueHeads, keys, site.headDim]) as Tensor4D,
      v: randomNormal(3, [batch, site.keyValueHeads, keys, site.valueDim]) as Tensor4D,
      input: () => {
        throw new Error("linformer has no use for the layer's input");
      },
      queryOffset: 0,
      training: false,
      step: 0,
    }),
  );
  const values = output.dataSync() as Float32Array;
  output.dispose();
  return values;
}

function disposeOf(...mechanisms: Mechanism[]): void {
  for (const each of new Set(mechanisms.flatMap(({ parameters }) => Object.values(parameters)))) each.dispose();
}

describe("linformer", () => {
  it.each([
    ["none", { "key.projection": [2, 12, 3], "value.projection": [2, 12, 3] }],
    ["headwise", { "key.projection": [12, 3], "value.projection": [12, 3] }],
    ["key-value", { projection: [12, 3] }],
  ] as const)("sharing %s has these parameters", (sharing, shapes) => {
    const site = siteOf();
    const attention = linformer({ rank: 3, sharing });
    const mechanism = attention.build(site);
    expect(Object.fromEntries(Object.entries(mechanism.parameters).map(([name, { shape }]) => [name, shape]))).toEqual(
      shapes,
    );
    const total = Object.values(mechanism.parameters).reduce((sum, { size }) => sum + size, 0);
    expect(attention.cost(site, { batch: 1, queries: 5, keys: 5 }).parameters).toBe(total);
    disposeOf(mechanism);
  });

  it("shares one matrix by all layers that are given the same holder, from code and from a config", () => {
    const shared = sharedProjection();
    const [first, second, other] = [shared, shared, sharedProjection()].map((holder, layer) =>
      linformer({ rank: 3, sharing: "layerwise", shared: holder }).build(siteOf({ seed: layer })),
    ) as [Mechanism, Mechanism, Mechanism];
    expect(second.parameters["projection"]).toBe(first.parameters["projection"]);
    expect(other.parameters["projection"]).not.toBe(first.parameters["projection"]);
    expect(() => linformer({ rank: 4, sharing: "layerwise", shared }).build(siteOf())).toThrow(
      "linformer attention: layers that share a projection need one shape, here [12,4], got [12,3]",
    );
    disposeOf(first, second, other);

    const attention = linformer(linformer.parse({ rank: 3, sharing: "layerwise" }));
    const layers = [attention.build(siteOf()), attention.build(siteOf())] as const;
    expect(layers[0].parameters["projection"]).toBe(layers[1].parameters["projection"]);
    disposeOf(...layers);
    // Disposed of with its model: the next model gets a new one.
    const fresh = attention.build(siteOf());
    expect(fresh.parameters["projection"]!.isDisposed).toBe(false);
    disposeOf(fresh);
  });

  it("gives a batch row the same output alone and in a batch, at any shape", () => {
    fc.assert(
      fc.property(
        fc.record({
          batch: fc.integer({ min: 2, max: 3 }),
          queries: fc.integer({ min: 1, max: 12 }),
          keys: fc.integer({ min: 1, max: 12 }),
          rank: fc.integer({ min: 1, max: 15 }),
        }),
        fc.constantFrom("none" as const, "headwise" as const, "key-value" as const),
        ({ batch, queries, keys, rank }, sharing) => {
          const site = siteOf();
          const mechanism = linformer({ rank, sharing }).build(site);
          const whole = attend(mechanism, site, { batch, queries, keys });
          // Row 0 of a seeded batch is the seeded batch of one.
          const alone = attend(mechanism, site, { batch: 1, queries, keys });
          for (const [i, value] of alone.entries()) expect(whole[i]).toBeCloseTo(value, 4);
          disposeOf(mechanism);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("leaves no tensor behind", () => {
    const site = siteOf();
    const mechanism = linformer({ rank: 3, sharing: "none" }).build(site);
    const before = memory().numTensors;
    attend(mechanism, site, { batch: 2 });
    expect(memory().numTensors).toBe(before);
    disposeOf(mechanism);
  });

  it("refuses with one sentence, and in the type system", () => {
    const site = siteOf();
    const attention = linformer({ rank: 2, sharing: "none" });
    const around = { name: "test", attention, dModel: 8, heads: 2, maxLength: 8, seed: 1 };
    // @ts-expect-error A layer around linformer has no option causal: true.
    const causal = () => new MultiHeadAttention({ ...around, causal: true });
    expect(causal).toThrow('linformer attention cannot honour "causal"');
    expect(() => linformer({ rank: 2, sharing: "none" }).build(siteOf({ causal: true }))).toThrow(
      'linformer attention cannot honour "causal": the length projection mixes future positions',
    );
    expect(() => linformer.parse({ rank: 2, sharing: "headwize" })).toThrow(
      'sharing must be none or headwise or key-value or layerwise (did you mean "headwise"?), got "headwize"',
    );
    expect(() => linformer({ rank: 2, sharing: "layerwise" } as unknown as LinformerOptions).build(site)).toThrow(
      "linformer attention: layerwise sharing needs the option shared, made once with sharedProjection(), got undefined",
    );
    expect(() => linformer({ rank: 0, sharing: "none" }).build(site)).toThrow(
      "linformer attention: rank must be a positive integer, got 0",
    );
    const mechanism = linformer({ rank: 2, sharing: "none" }).build(site);
    expect(() => attend(mechanism, site, { keys: 13 })).toThrow("one row for each position up to maxLength");
    disposeOf(mechanism);
  });
});
