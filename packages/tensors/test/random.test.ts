import fc from "fast-check";
import { setBackend } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import {
  integers,
  normalValues,
  permutation,
  philox4x32,
  randomNormal,
  randomUniform,
  uniformValues,
} from "../src/index.ts";

beforeAll(async () => {
  await setBackend("cpu");
});

const average = (values: ArrayLike<number>, power = 1): number =>
  Array.from(values).reduce((total, value) => total + value ** power, 0) / values.length;
const seed = fc.integer({ min: 0, max: 2 ** 32 - 1 });

describe("uniformValues", () => {
  it("takes the upper 24 bits of Philox words in order", () => {
    const [a, b, c, d] = philox4x32([1, 0, 0, 0], [9, 1]);
    expect([...uniformValues(9, 8)].slice(4)).toEqual([a, b, c, d].map((word) => Math.floor(word / 256) / 2 ** 24));
  });

  it("is flat on [0, 1)", () => {
    const values = uniformValues(3, 40_000);
    for (const value of values) expect(value >= 0 && value < 1).toBe(true);
    // Five standard errors of the first two moments.
    expect(Math.abs(average(values) - 1 / 2)).toBeLessThan((5 * Math.sqrt(1 / 12)) / 200);
    expect(Math.abs(average(values, 2) - 1 / 3)).toBeLessThan((5 * Math.sqrt(4 / 45)) / 200);
  });
});

describe("normalValues", () => {
  it("has the moments of a standard normal", () => {
    const values = normalValues(4, 40_000);
    expect(Math.abs(average(values))).toBeLessThan(5 / 200);
    expect(Math.abs(average(values, 2) - 1)).toBeLessThan((5 * Math.sqrt(2)) / 200);
    expect(Math.abs(average(values, 3))).toBeLessThan((5 * Math.sqrt(15)) / 200);
    expect(Math.abs(average(values, 4) - 3)).toBeLessThan((5 * Math.sqrt(96)) / 200);
  });

  it("is finite for every seed", () => {
    fc.assert(fc.property(seed, (s) => normalValues(s, 9).every(Number.isFinite)));
  });
});

describe("every generator", () => {
  it("depends on seed and index alone: a longer array starts with the shorter one", () => {
    fc.assert(
      fc.property(seed, fc.nat(40), fc.nat(40), (s, n, more) => {
        expect(uniformValues(s, n + more).subarray(0, n)).toEqual(uniformValues(s, n));
        // A normal comes in pairs, so the odd last one is the first of its pair.
        expect(normalValues(s, n + more).subarray(0, n)).toEqual(normalValues(s, n));
        expect(integers(s, n + more, 10).subarray(0, n)).toEqual(integers(s, n, 10));
      }),
    );
  });

  it("gives different seeds different numbers", () => {
    expect(uniformValues(1, 8)).not.toEqual(uniformValues(2, 8));
    expect(permutation(1, 20)).not.toEqual(permutation(2, 20));
  });
});

describe("integers and permutation", () => {
  it("stays below the limit and reaches every value", () => {
    expect(new Set(integers(5, 400, 7))).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]));
    expect(() => integers(5, 4, 0)).toThrow("integers: below must be an integer from 1 to 2^31, got 0");
  });

  it("permutes: every number once", () => {
    fc.assert(
      fc.property(seed, fc.nat(60), (s, n) => {
        expect([...permutation(s, n)].toSorted((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
      }),
    );
  });

  it("permutes evenly: each of the 6 orders of 3 about equally often", () => {
    const counts = new Map<string, number>();
    for (let s = 0; s < 3000; s++)
      counts.set(permutation(s, 3).join(""), (counts.get(permutation(s, 3).join("")) ?? 0) + 1);
    expect(counts.size).toBe(6);
    // Five standard deviations of a binomial(3000, 1/6).
    for (const count of counts.values())
      expect(Math.abs(count - 500)).toBeLessThan(5 * Math.sqrt(3000 * (1 / 6) * (5 / 6)));
  });
});

describe("random tensors", () => {
  it("scale and shift the same values", () => {
    const x = randomUniform(6, [2, 3], -1, 3);
    expect(x.shape).toEqual([2, 3]);
    expect([...x.dataSync()]).toEqual([...uniformValues(6, 6)].map((value) => Math.fround(value * 4 - 1)));
    const y = randomNormal(6, [6], 10, 0.5);
    expect([...y.dataSync()]).toEqual([...normalValues(6, 6)].map((value) => Math.fround(value * 0.5 + 10)));
  });
});
