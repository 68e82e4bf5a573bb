import { memory, setBackend, type Tensor4D } from "@tensorflow/tfjs-core";
import type { Mechanism, Site } from "@attention-lab/attention";
import { smallSite } from "@attention-lab/attention/testkit";
import { patternAttention } from "@attention-lab/ops";
import { randomNormal, scope } from "@attention-lab/tensors";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import {
  keyBound,
  orthogonalGaussian,
  performer,
  type PerformerOptions,
  projectionDraw,
  redraw,
} from "../src/index.ts";

beforeAll(() => setBackend("cpu"));

const siteOf = (changes: Partial<Site> = {}) => smallSite({ keyValueHeads: 2, valueDim: 4, ...changes });
const options: PerformerOptions = { features: 8, map: "positive", orthogonal: true };

/** Normal queries, keys and values; `size` multiplies the first two. */
function inputs(site: Site, length: number, size: number) {
  const draw = (seed: number, heads: number, width: number, spread = 1) =>
    randomNormal(seed, [1, heads, length, width], 0, spread) as Tensor4D;
  return {
    q: draw(1, site.heads, site.headDim, size),
    k: draw(2, site.keyValueHeads, site.headDim, size),
    v: draw(3, site.keyValueHeads, site.valueDim),
  };
}

function valuesOf(body: () => Tensor4D): Float32Array {
  const output = scope("test", body);
  const values = output.dataSync() as Float32Array;
  output.dispose();
  return values;
}

function attend(options: PerformerOptions, site: Site, length = 6, size = 1): Float32Array {
  return run(performer(options).build(site), site, length, size);
}

function run(mechanism: Mechanism, site: Site, length = 6, size = 1): Float32Array {
  const input = (): never => {
    throw new Error("performer has no use for the layer's input");
  };
  return valuesOf(() =>
    mechanism.attend({ ...inputs(site, length, size), input, queryOffset: 0, training: false, step: 0 }),
  );
}

describe("performer", () => {
  it("averages the values: every output lies within their range, at any shape, seed and size of the vectors", () => {
    fc.assert(
      fc.property(
        fc.record({
          seed: fc.nat(),
          length: fc.integer({ min: 1, max: 20 }),
          features: fc.integer({ min: 1, max: 20 }),
          size: fc.constantFrom(0, 1, 5, 20),
        }),
        fc.constantFrom("positive" as const, "relu" as const),
        fc.boolean(),
        ({ seed, length, features, size }, map, causal) => {
          const site = siteOf({ seed, causal });
          const got = attend({ features, map, orthogonal: true }, site, length, size);
          const largest = Math.max(...scope("v", () => randomNormal(3, [1, 2, length, 4]).dataSync()).map(Math.abs));
          expect(got.every((x) => Math.abs(x) <= largest * 1.001)).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("approaches softmax attention as features grow", () => {
    const site = siteOf({ headDim: 8, scale: 1 / Math.sqrt(8) });
    const exact = valuesOf(() =>
      patternAttention(inputs(site, 6, 0.5), { pattern: { causal: false }, scale: site.scale, queryOffset: 0 }),
    );
    const error = (features: number) => {
      const got = attend({ ...options, features }, site, 6, 0.5);
      return Math.sqrt(got.reduce((total, x, i) => total + (x - exact[i]!) ** 2, 0) / got.length);
    };
    expect(error(1 << 15)).toBeLessThan(0.05);
    expect(error(1 << 15)).toBeLessThan(0.3 * error(16));
  });

  it("redraws its directions, and goes back to a draw by its number", () => {
    const site = siteOf();
    const draw = projectionDraw();
    const mechanism = performer({ ...options, draw }).build(site);
    const first = run(mechanism, site);
    redraw(draw);
    const second = run(mechanism, site);
    expect(second).not.toEqual(first);
    redraw(draw, 0);
    expect(run(mechanism, site)).toEqual(first);
    expect(attend(options, site)).toEqual(first);
    expect(() => redraw(draw, -1)).toThrow("redraw: number must be a whole number, 0 or more, got -1");
  });

  it("leaves no tensor behind", () => {
    const before = memory().numTensors;
    for (const map of ["positive", "trigonometric", "relu"] as const) {
      for (const causal of [false, true]) attend({ ...options, map }, siteOf({ causal }));
    }
    expect(memory().numTensors).toBe(before);
  });

  it("bounds causal exponents by the projection alone", () => {
    expect(keyBound(orthogonalGaussian(1, 16, 4), 4)).toBe(0);
    const wide = orthogonalGaussian(1, 64, 256);
    const largest = Math.max(
      ...Array.from(
        { length: 64 },
        (_, r) => wide.subarray(r * 256, (r + 1) * 256).reduce((total, w) => total + w * w, 0) / 2,
      ),
    );
    expect(keyBound(wide, 256)).toBeCloseTo(largest - 40, 3);
    // Without it e^128 and more would overflow where a key lies along a direction.
    const site = siteOf({ causal: true, headDim: 256, valueDim: 4, scale: 1 });
    expect(attend(options, site).every(Number.isFinite)).toBe(true);
  });

  it.each([
    [
      { features: 0, map: "positive", orthogonal: true },
      "performer attention: features must be a positive integer, got 0",
    ],
    [
      { features: 4, map: "positiv", orthogonal: true },
      'performer attention: map must be positive or hyperbolic or trigonometric or relu (did you mean "positive"?), got "positiv"',
    ],
    [
      { featurs: 4, map: "relu", orthogonal: true },
      'performer attention: options are features, map, orthogonal, epsilon, keySumEpsilon (did you mean "features"?), got "featurs"',
    ],
    [{ map: "relu", orthogonal: true }, "performer attention: features must be given, got undefined"],
    [
      { features: 4, map: "relu", orthogonal: true, epsilon: -1 },
      "performer attention: epsilon must be a number, 0 or more, got -1",
    ],
  ])("refuses %o with one sentence", (raw, sentence) => {
    expect(() => performer.parse(raw)).toThrow(sentence);
  });

  it("reads options from a config", () => {
    expect(performer.parse({ ...options, epsilon: 1e-4 })).toEqual({ ...options, epsilon: 1e-4 });
    expect(performer.parse(options)).toEqual(options);
  });

  it("refuses an epsilon for features that may be negative", () => {
    expect(() => performer({ ...options, map: "trigonometric", epsilon: 1e-3 }).build(siteOf())).toThrow(
      "not trigonometric ones, got 0.001",
    );
  });
});
