import {
  abs,
  grads,
  max,
  maximum,
  memory,
  setBackend,
  sub,
  sum,
  tensor,
  type Scalar,
  type Tensor,
  type Tensor4D,
} from "@tensorflow/tfjs-core";
import type { Call, Site } from "@attention-lab/attention";
import { at, gridOf, smallSite } from "@attention-lab/attention/testkit";
import { matMulHeads, normalValues, randomNormal, repeatHeads, scope } from "@attention-lab/tensors";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { eluPlusOne, linear } from "../src/index.ts";
import { oracleOf } from "./oracle.ts";

beforeAll(() => setBackend("cpu"));

const siteOf = (changes: Partial<Site> = {}) => smallSite({ keyValueHeads: 2, maxLength: 256, ...changes });

const input = (): never => {
  throw new Error("linear attention has no use for the layer's input");
};

type Shape = [number, number, number, number];
const shapesOf = (site: Site, batch: number, queries: number, keys: number): Record<"q" | "k" | "v", Shape> => ({
  q: [batch, site.heads, queries, site.headDim],
  k: [batch, site.keyValueHeads, keys, site.headDim],
  v: [batch, site.keyValueHeads, keys, site.valueDim],
});
const callOf = (q: Tensor, k: Tensor, v: Tensor): Call => ({
  q: q as Tensor4D,
  k: k as Tensor4D,
  v: v as Tensor4D,
  input,
  queryOffset: 0,
  training: false,
  step: 0,
});

function valuesOf(body: () => Tensor): Float32Array {
  const output = scope("test", body);
  const values = output.dataSync() as Float32Array;
  output.dispose();
  return values;
}

const cases = fc
  .record({
    seed: fc.nat(1e6),
    batch: fc.integer({ min: 1, max: 3 }),
    keyValueHeads: fc.integer({ min: 1, max: 2 }),
    perHead: fc.integer({ min: 1, max: 2 }),
    headDim: fc.integer({ min: 1, max: 6 }),
    valueDim: fc.integer({ min: 1, max: 5 }),
    queries: fc.integer({ min: 1, max: 140 }),
    keys: fc.integer({ min: 1, max: 140 }),
    size: fc.constantFrom(0, 1, 5, 30),
    causal: fc.boolean(),
  })
  .map(({ perHead, keys, ...rest }) => ({
    ...rest,
    heads: rest.keyValueHeads * perHead,
    keys: rest.causal ? rest.queries : keys,
  }));

describe("linear", () => {
  it("is its definition at any shape, seed and size of the vectors", () => {
    fc.assert(
      fc.property(cases, ({ seed, batch, queries, keys, size, ...changes }) => {
        const site = siteOf(changes);
        const shapes = shapesOf(site, batch, queries, keys);
        const drawn = (offset: number, shape: Shape, times: number) => {
          const values = normalValues(
            seed + offset,
            shape.reduce((product, n) => product * n, 1),
          );
          return gridOf(shape, (i) => Math.fround(times * (values[i] ?? 0)));
        };
        const [q, k, v] = [drawn(1, shapes.q, size), drawn(2, shapes.k, size), drawn(3, shapes.v, 1)];
        const float = ({ shape, values }: typeof q) => tensor(Float32Array.from(values), [...shape]);
        const got = valuesOf(() =>
          linear({})
            .build(site)
            .attend(callOf(float(q), float(k), float(v))),
        );
        const call = { site, q, k, v, input: v, queryOffset: 0, parameters: {}, constants: {} };
        const want = oracleOf({ epsilon: 1e-6 })(call);
        const largest = v.values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
        for (const [i, value] of want.values.entries()) expect(Math.abs(got[i]! - value)).toBeLessThan(1e-5 * largest);
        expect(Math.abs(at(want, 0, 0, 0, 0))).toBeLessThanOrEqual(largest);
      }),
      { numRuns: 60 },
    );
  });

  it("shows the weights that it uses, and rows of them sum to 1", () => {
    fc.assert(
      fc.property(cases, ({ seed, batch, queries, keys, ...changes }) => {
        const site = siteOf(changes);
        const shapes = shapesOf(site, batch, queries, keys);
        const mechanism = linear({ epsilon: 0 }).build(site);
        const excess = valuesOf(() => {
          const call = callOf(
            randomNormal(seed, shapes.q),
            randomNormal(seed + 1, shapes.k),
            randomNormal(seed + 2, shapes.v),
          );
          const weights = mechanism.weights?.(call) as Tensor4D;
          const product = matMulHeads(weights, repeatHeads(call.v, site.heads));
          return maximum(max(abs(sub(sum(weights, -1), 1))), max(abs(sub(product, mechanism.attend(call)))));
        });
        expect(excess[0]).toBeLessThan(1e-5);
      }),
      { numRuns: 40 },
    );
  });

  it("does not look at the site's scale", () => {
    const shapes = shapesOf(siteOf(), 1, 9, 9);
    const run = (scale: number) =>
      valuesOf(() =>
        linear({})
          .build(siteOf({ scale }))
          .attend(callOf(randomNormal(1, shapes.q), randomNormal(2, shapes.k), randomNormal(3, shapes.v))),
      );
    expect(run(0.5)).toEqual(run(7));
  });

  it("keeps a NaN of a query in that query's row", () => {
    const shapes = shapesOf(siteOf({ heads: 1, keyValueHeads: 1 }), 1, 5, 5);
    for (const causal of [false, true]) {
      const got = valuesOf(() => {
        const q = normalValues(1, 5 * 4);
        q[2 * 4] = Number.NaN;
        const site = siteOf({ heads: 1, keyValueHeads: 1, causal });
        return linear({})
          .build(site)
          .attend(callOf(tensor(q, shapes.q), randomNormal(2, shapes.k), randomNormal(3, shapes.v)));
      });
      expect(Array.from(got, Number.isNaN)).toEqual(Array.from(got, (_, i) => Math.floor(i / 3) === 2));
    }
  });

  it("leaves no tensor behind, differentiated or not", () => {
    const before = memory().numTensors;
    for (const causal of [false, true]) {
      const site = siteOf({ causal });
      const shapes = shapesOf(site, 2, 70, 70);
      const { attend } = linear({}).build(site);
      const inputs = [randomNormal(1, shapes.q), randomNormal(2, shapes.k), randomNormal(3, shapes.v)];
      const gradients = scope("gradients", () =>
        grads((q, k, v) => sum(attend(callOf(q as Tensor, k as Tensor, v as Tensor))) as Scalar)(inputs),
      );
      for (const each of [...inputs, ...gradients]) each.dispose();
    }
    expect(memory().numTensors).toBe(before);
  });
});

describe("eluPlusOne", () => {
  const places = [-80, -20, -1, -1e-3, 0, 1e-3, 1, 20, 1e6];
  it("is x + 1 above 0 and exp(x) below, to the last bits where elu(x) + 1 would cancel", () => {
    const got = valuesOf(() => eluPlusOne(tensor(places, [1, 1, places.length, 1]) as Tensor4D));
    for (const [i, x] of places.entries()) {
      const want = x > 0 ? x + 1 : Math.exp(x);
      expect(Math.abs(got[i]! / want - 1)).toBeLessThan(2e-6);
    }
  });
  it("has the derivative 1 above 0 and exp(x) below", () => {
    const got = valuesOf(
      () =>
        grads((x) => sum(eluPlusOne(x as Tensor4D)) as Scalar)([tensor(places, [1, 1, places.length, 1])])[0] as Tensor,
    );
    for (const [i, x] of places.entries()) expect(got[i]).toBeCloseTo(Math.exp(Math.min(x, 0)), 5);
  });
});

describe("options", () => {
  it.each([
    [{ epsilon: -1 }, "linear attention: epsilon must be a number, 0 or more, got -1"],
    [{ epsilon: "small" }, 'linear attention: epsilon must be a number, 0 or more, got "small"'],
    [{ epsilom: 1 }, 'linear attention: options are epsilon (did you mean "epsilon"?), got "epsilom"'],
  ])("refuses %o with one sentence", (raw, sentence) => {
    expect(() => linear.parse(raw)).toThrow(new RangeError(sentence));
  });
  it("reads a config", () => {
    expect(linear.parse({})).toEqual({});
    expect(linear.parse({ epsilon: 0 })).toEqual({ epsilon: 0 });
  });
  it("checks options that were not parsed, too", () => {
    expect(() => linear({ epsilon: Number.NaN }).build(siteOf())).toThrow(
      "linear attention: epsilon must be a number, 0 or more, got NaN",
    );
  });
});
