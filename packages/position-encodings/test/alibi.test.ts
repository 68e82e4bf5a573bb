import { setBackend, tidy } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { alibi, type AlibiForm, alibiSlopes } from "../src/index.ts";
import { attention, biasAt, expectNoLeak, largest, site } from "./bias-attention.ts";

beforeAll(async () => {
  await setBackend("cpu");
});

test("slopes are a geometric sequence from 2^(-8/n), not from 1", () => {
  expect(alibiSlopes(8)).toEqual([1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32, 1 / 64, 1 / 128, 1 / 256]);
  expect(alibiSlopes(1)).toEqual([1 / 256]);
  expect(alibiSlopes(2)).toEqual([1 / 16, 1 / 256]);
});

test("any other number of heads: those of the power of two below, then every other one of its double", () => {
  expect(alibiSlopes(3)).toEqual([1 / 16, 1 / 256, 1 / 4]);
  expect(alibiSlopes(6)).toEqual([1 / 4, 1 / 16, 1 / 64, 1 / 256, 1 / 2, 1 / 8]);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), (heads) => {
      const slopes = alibiSlopes(heads);
      const power = 2 ** Math.floor(Math.log2(heads));
      expect(slopes.length).toBe(heads);
      expect(slopes.slice(0, power)).toEqual(alibiSlopes(power));
      expect(slopes.slice(power)).toEqual(
        alibiSlopes(2 * power)
          .filter((_, head) => head % 2 === 0)
          .slice(0, heads - power),
      );
      expect(new Set(slopes).size).toBe(heads);
    }),
  );
});

test.each<[AlibiForm, (offset: number) => number]>([
  ["symmetric", (offset) => -Math.abs(offset)],
  ["signed", (offset) => offset],
])("%s: slope times distance, head by head", (form, shape) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.integer({ min: -5000, max: 5000 }), { minLength: 1, maxLength: 9 }),
      (heads, offsets) => {
        const got = biasAt(alibi({ form }).build({ ...site, heads }), offsets);
        const want = alibiSlopes(heads).map((slope) => offsets.map((offset) => slope * shape(offset)));
        const worst = want.flatMap((row, h) => row.map((value, i) => Math.abs((got[h]?.[i] ?? NaN) - value)));
        expect(Math.max(...worst)).toBeLessThan(5000 * 1e-7);
      },
    ),
    { numRuns: 50 },
  );
});

test("beyond biasedHeads there is no bias, and the slopes are those of so many heads", () => {
  const got = biasAt(alibi({ form: "symmetric", biasedHeads: 2 }).build(site), [-3, 0, 2]);
  expect(got.map((row) => row.map((value) => value + 0))).toEqual([
    [-3 / 16, 0, -2 / 16],
    [-3 / 256, 0, -2 / 256],
    [0, 0, 0],
  ]);
  expect(() => alibi({ form: "symmetric", biasedHeads: 4 }).build(site)).toThrow(
    "alibi position: biasedHeads must be at most the layer's 3 heads, got 4",
  );
});

test("both forms are the same attention behind a causal mask, and only there", () => {
  const run = (form: AlibiForm, causal: boolean) =>
    tidy(() => attention(alibi({ form }).build(site), { causal, queryOffset: 0 })).dataSync();
  expect(largest(run("signed", true), run("symmetric", true))).toBeLessThan(2e-6);
  expect(largest(run("signed", false), run("symmetric", false))).toBeGreaterThan(1e-2);
});

test.each(["symmetric", "signed"] as const)("%s frees everything but the bias", (form) => {
  expectNoLeak(alibi({ form }));
});
