import { bootstrap, crossingLength, crossover, fitCost, fitPowerLaw, median, quantile } from "@attention-lab/results";
import fc from "fast-check";
import { expect, test } from "vitest";
import { uniform } from "../src/random.ts";

const lengths = [256, 512, 1024, 2048, 4096, 8192];

/** Repeats of a law with log-normal noise. */
function measured(law: (n: number) => number, { noise = 0.02, seed = 1, repeats = 7, at = lengths } = {}) {
  const next = uniform(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return at.map((length) => ({
    length,
    samples: Array.from({ length: repeats }, () => law(length) * Math.exp(noise * normal())),
  }));
}

test("recovers an exact law of any exponent, with and without a constant", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.4, max: 3, noNaN: true }),
      fc.double({ min: -7, max: 3, noNaN: true }),
      fc.double({ min: 0.1, max: 20, noNaN: true }),
      (exponent, magnitude, share) => {
        const coefficient = 10 ** magnitude;
        const pure = fitPowerLaw(lengths.map((x) => ({ x, y: coefficient * x ** exponent })));
        expect(pure.exponent).toBeCloseTo(exponent, 9);
        const constant = share * coefficient * 256 ** exponent;
        const points = lengths.map((x) => ({ x, y: constant + coefficient * x ** exponent }));
        const bent = fitPowerLaw(points, { constant: "nonnegative" });
        expect(bent.exponent).toBeCloseTo(exponent, 3);
        expect(bent.constant / constant).toBeCloseTo(1, 2);
      },
    ),
    { numRuns: 60 },
  );
});

test("a constant that wants to be negative ends at zero", () => {
  const points = lengths.map((x) => ({ x, y: 0.002 * x - 0.3 }));
  expect(fitPowerLaw(points, { constant: "nonnegative" })).toEqual(fitPowerLaw(points));
});

test("one outlier bends the squares and hardly moves Huber's fit", () => {
  const points = lengths.map((x, i) => ({ x, y: x ** 1.5 * (i === 5 ? 3 : 1) }));
  expect(Math.abs(fitPowerLaw(points).exponent - 1.5)).toBeGreaterThan(0.1);
  expect(Math.abs(fitPowerLaw(points, { huber: 1e-3 }).exponent - 1.5)).toBeLessThan(0.01);
});

test("says what it cannot fit", () => {
  expect(() => fitPowerLaw([{ x: 1, y: 1 }])).toThrow("power law: needs at least 2 different sizes, got 1 points");
  expect(() =>
    fitPowerLaw([
      { x: 1, y: 1 },
      { x: 2, y: 0 },
    ]),
  ).toThrow("must be positive, got (2, 0)");
});

test("intervals of exponents hold the truth about as often as they say, and never lose their value", () => {
  const laws = [(n: number) => 3e-9 * n * n, (n: number) => 2e-6 * n, (n: number) => 1e-7 * n ** 1.5];
  let held = 0;
  let near = 0;
  const rounds = 20;
  for (let seed = 1; seed <= rounds; seed++)
    laws.forEach((law, i) => {
      const fit = fitCost(measured(law, { seed, repeats: 9 }), { seed, draws: 200 });
      const truth = [2, 1, 1.5][i] ?? 0;
      expect(fit?.exponent.low).toBeLessThanOrEqual(fit?.exponent.value ?? Number.NaN);
      expect(fit?.exponent.high).toBeGreaterThanOrEqual(fit?.exponent.value ?? Number.NaN);
      if (fit && fit.exponent.low <= truth && truth <= fit.exponent.high) held++;
      if (fit && Math.abs(fit.exponent.value - truth) < 0.03) near++;
    });
  expect(held / (3 * rounds)).toBeGreaterThan(0.75);
  expect(near / (3 * rounds)).toBeGreaterThan(0.8);
});

test("an overhead is fitted as the constant, not into the exponent", () => {
  const curve = measured((n) => 200e-6 + 2e-9 * n * n);
  const fit = fitCost(curve);
  expect(fit?.law.constant).toBeCloseTo(200e-6, 5);
  expect(fit?.exponent.value).toBeCloseTo(2, 1);
  expect(fitPowerLaw(curve.map(({ length, samples }) => ({ x: length, y: median(samples) }))).exponent).toBeLessThan(
    1.85,
  );
});

test("a flat curve has an exponent of about 0, and no memory has none", () => {
  const fit = fitCost(measured(() => 20e-6));
  expect(Math.abs(fit?.exponent.value ?? 1)).toBeLessThan(0.03);
  expect(fitCost(measured(() => 20e-6, { noise: 0 }))?.exponent.value).toBeCloseTo(0, 12);
  expect(fitCost(measured(() => 0))).toBeUndefined();
});

test("an exponent needs three lengths", () => {
  expect(fitCost(measured((n) => n, { at: [256, 512] }))).toBeUndefined();
  expect(fitCost(measured((n) => n, { at: [256, 512, 1024] }))?.exponent.value).toBeCloseTo(1, 1);
});

test("finds where two laws cross, with an interval around it", () => {
  const full = measured((n) => 2e-9 * n * n, { seed: 3 });
  const linear = measured((n) => 3e-6 * n, { seed: 4 });
  const found = crossover(linear, full);
  expect(found).toMatchObject({ relation: "at", open: false });
  expect(Math.abs((found?.length ?? 0) / 1500 - 1)).toBeLessThan(0.05);
  expect(found?.low).toBeLessThan(found?.length ?? 0);
  expect(found?.high).toBeGreaterThan(found?.length ?? 0);
  expect(crossover(full, linear)).toBeNull();
  expect(crossover(linear, full)).toEqual(found);
});

test("cheaper throughout, never, only for a while, and without common lengths", () => {
  const line = (...costs: number[]) => costs.map((cost, i) => ({ length: 2 ** i, cost }));
  expect(crossingLength(line(1, 1, 1), line(2, 2, 2))).toBe(1);
  expect(crossingLength(line(2, 2, 2), line(1, 1, 1))).toBeUndefined();
  expect(crossingLength(line(1, 4, 1), line(2, 2, 4))).toBeCloseTo(2 ** (1 + 1 / 3), 12);
  expect(crossingLength(line(1, 1, 2), line(2, 2, 2))).toBeUndefined();
  const short = measured((n) => n, { at: [256] });
  expect(
    crossover(
      short,
      measured((n) => 2 * n, { at: [512] }),
    ),
  ).toBeNull();
  expect(
    crossover(
      short,
      measured((n) => 2 * n, { at: [256, 512] }),
    ),
  ).toMatchObject({ length: 256, relation: "at-or-below" });
});

test("an interval that reaches past what was measured says so", () => {
  const full = measured((n) => n ** 1.02, { noise: 0.1, seed: 5, at: [256, 512, 1024] });
  const near = measured((n) => 1.0 * 1024 ** 0.02 * n, { noise: 0.1, seed: 9, at: [256, 512, 1024] });
  const found = crossover(near, full) ?? crossover(full, near);
  expect(found).not.toBeNull();
  expect(found?.open).toBe(true);
  expect(found?.high).toBe(1024);
});

test("the bootstrap is a function of its seed; without spread it has no width", () => {
  const samples = [
    [1, 2, 3, 4, 5],
    [2, 3, 9],
  ];
  const sum = (medians: readonly number[]) => medians.reduce((a, b) => a + b, 0);
  expect(bootstrap(samples, sum, { seed: 1 })).toEqual(bootstrap(samples, sum, { seed: 1 }));
  expect(bootstrap(samples, sum, { seed: 1, draws: 50 })).not.toEqual(bootstrap(samples, sum, { seed: 2, draws: 50 }));
  expect(bootstrap([[2, 2], [3]], sum)).toEqual({ value: 5, low: 5, high: 5 });
  expect(bootstrap(samples, () => undefined)).toBeUndefined();
});

test("quantiles as numpy's", () => {
  expect(quantile([3, 1, 2, 10], 0.25)).toBe(1.75);
  expect(quantile([3, 1, 2, 10], 0.5)).toBe(2.5);
  expect(quantile([1, Infinity, Infinity], 0.75)).toBe(Infinity);
  expect(median([])).toBeNaN();
});
