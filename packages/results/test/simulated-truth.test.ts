import {
  chinchillaLoss,
  crossover,
  evaluate,
  fitChinchilla,
  fitCost,
  fitKaplan,
  fitPiecewise,
  fitPowerLaw,
  rSquared,
} from "@attention-lab/results";
import { expect, test } from "vitest";
import { coverage, normals } from "./simulation.ts";

const lengths = [256, 512, 1024, 2048, 4096, 8192];
const rounds = 100;

/** Repeats of a law with log-normal noise of 2 %. */
function measured(law: (n: number) => number, seed: number, repeats = 9) {
  const normal = normals(seed);
  return lengths.map((length) => ({
    length,
    samples: Array.from({ length: repeats }, () => law(length) * Math.exp(0.02 * normal())),
  }));
}

// With a true rate of 95 %, fewer than 89 of 100 would come about once in 250 such tests; the seeds here are fixed.
test("intervals of exponents hold the truth about 95 times in 100, without and with an overhead", () => {
  const exponentOf = (law: (n: number) => number) => (seed: number) =>
    fitCost(measured(law, seed), { seed, draws: 200 })?.exponent;
  expect(
    coverage(
      rounds,
      1.5,
      exponentOf((n) => 1e-7 * n ** 1.5),
    ),
  ).toBeGreaterThanOrEqual(0.89);
  expect(
    coverage(
      rounds,
      2,
      exponentOf((n) => 40e-6 + 2.2e-9 * n * n),
    ),
  ).toBeGreaterThanOrEqual(0.89);
});

test("intervals are no wider than they must be: sixteen times the repeats make them about a quarter as wide", () => {
  const width = (repeats: number) => {
    const exponent = fitCost(
      measured((n) => 2e-6 * n, 1, repeats),
      { seed: 1 },
    )?.exponent;
    return (exponent?.high ?? NaN) - (exponent?.low ?? NaN);
  };
  expect(width(7) / width(112)).toBeGreaterThan(2.5);
  expect(width(7) / width(112)).toBeLessThan(6.5);
});

test("intervals of crossovers hold the truth at least as often as they say", () => {
  // Between two lengths the curves are taken as straight in log-log, which power laws are: the truth is 3e-6 n = 2e-9 n^2.
  const found = coverage(rounds, 1500, (seed) =>
    crossover(
      measured((n) => 3e-6 * n, seed + 5000),
      measured((n) => 2e-9 * n * n, seed + 9000),
      { seed, draws: 200 },
    ),
  );
  expect(found).toBeGreaterThanOrEqual(0.89);
});

test("Kaplan's form: both numbers come back, from losses with noise", () => {
  // Kaplan et al. (2020), table 5: N_c = 8.8e13, alpha_N = 0.076.
  const normal = normals(3);
  const sizes = Array.from({ length: 12 }, (_, i) => 1e5 * 4 ** i);
  const exact = sizes.map((x) => ({ x, y: (8.8e13 / x) ** 0.076 }));
  expect(fitKaplan(exact).alpha).toBeCloseTo(0.076, 9);
  expect(fitKaplan(exact).scale / 8.8e13).toBeCloseTo(1, 6);
  const noisy = exact.map(({ x, y }) => ({ x, y: y * Math.exp(0.005 * normal()) }));
  expect(Math.abs(fitKaplan(noisy).alpha - 0.076)).toBeLessThan(0.001);
});

/** Hoffmann et al. (2022), approach 3. */
const chinchilla = { E: 1.69, A: 406.4, alpha: 0.34, B: 410.7, beta: 0.28, objective: 0 };
const trained = (noise: number, seed: number) => {
  const normal = normals(seed);
  return Array.from({ length: 9 }, (_, i) => 4e7 * 2.2 ** i).flatMap((parameters) =>
    Array.from({ length: 8 }, (_, i) => 1e9 * 2.5 ** i).map((tokens) => ({
      parameters,
      tokens,
      loss: chinchillaLoss(chinchilla, parameters, tokens) * Math.exp(noise * normal()),
    })),
  );
};

test("Chinchilla's form: all five numbers come back exactly without noise, and closely with it", () => {
  const exact = fitChinchilla(trained(0, 1));
  for (const name of ["E", "A", "alpha", "B", "beta"] as const)
    expect(exact[name] / chinchilla[name]).toBeCloseTo(1, 4);
  const noisy = fitChinchilla(trained(0.002, 1));
  expect(Math.abs(noisy.E / chinchilla.E - 1)).toBeLessThan(0.03);
  expect(Math.abs(noisy.alpha - chinchilla.alpha)).toBeLessThan(0.03);
  expect(Math.abs(noisy.beta - chinchilla.beta)).toBeLessThan(0.03);
});

test("a diverged model hardly moves Chinchilla's fit, for the loss is Huber's", () => {
  const models = trained(0.001, 2).map((one, i) => (i === 30 ? { ...one, loss: one.loss * 2 } : one));
  const robust = fitChinchilla(models);
  const squares = fitChinchilla(models, { huber: Number.POSITIVE_INFINITY });
  expect(Math.abs(robust.E - chinchilla.E)).toBeLessThan(0.03);
  expect(Math.abs(squares.E - chinchilla.E)).toBeGreaterThan(2 * Math.abs(robust.E - chinchilla.E));
});

test("Chinchilla's form says what it cannot fit", () => {
  expect(() => fitChinchilla(trained(0, 1).slice(0, 8))).toThrow(
    "scaling law: needs at least 6 models of 3 sizes and 3 numbers of tokens, got 8 of 1 and 8",
  );
  const bad = trained(0, 1).map((one, i) => (i === 3 ? { ...one, loss: 0 } : one));
  expect(() => fitChinchilla(bad)).toThrow("must be positive, got");
});

test("a piecewise law finds where a window fills, and says when there is no kink", () => {
  const normal = normals(4);
  const sizes = Array.from({ length: 14 }, (_, i) => 64 * 2 ** (i / 1.5));
  // Longformer's cost: quadratic up to its window of 513, linear after.
  const points = sizes.map((x) => ({ x, y: 1e-9 * x * Math.min(x, 513) * Math.exp(0.01 * normal()) }));
  const law = fitPiecewise(points);
  expect(law.kinked).toBe(true);
  expect(Math.abs(law.break / 513 - 1)).toBeLessThan(0.06);
  expect(law.below).toBeCloseTo(2, 1);
  expect(law.above).toBeCloseTo(1, 1);
  const straight = Array.from({ length: 40 }, (_, seed) => {
    const noise = normals(seed + 50);
    return fitPiecewise(sizes.map((x) => ({ x, y: x ** 1.5 * Math.exp(0.02 * noise()) }))).kinked;
  });
  expect(straight.filter(Boolean).length).toBeLessThanOrEqual(4);
  expect(() => fitPiecewise(points.slice(0, 4))).toThrow("piecewise law: needs at least 5 different sizes, got 4");
});

test("R^2 is 1 for an exact law and 0 for one that knows the mean alone", () => {
  const points = lengths.map((x) => ({ x, y: 3 * x ** 1.7 }));
  const law = fitPowerLaw(points);
  expect(rSquared(points, (x) => evaluate(law, x))).toBeCloseTo(1, 12);
  const mean = Math.exp(points.reduce((sum, { y }) => sum + Math.log(y), 0) / points.length);
  expect(rSquared(points, () => mean)).toBeCloseTo(0, 12);
  expect(rSquared(points, () => mean * 9)).toBeLessThan(0);
});
