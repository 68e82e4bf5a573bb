import {
  chinchillaIntervals,
  chinchillaLoss,
  kaplanIntervals,
  median,
  piecewiseIntervals,
  powerLawIntervals,
} from "@attention-lab/results";
import { describe, expect, test } from "vitest";
import { compareCurve, type Pair } from "../src/compare.ts";
import { medianInterval } from "../src/median-interval.ts";
import { student975 } from "../src/student.ts";
import { coverage, coverages, leastOf, normals } from "./simulation.ts";

/** Sizes from `first`, each `factor` times the last, with one noisy figure at each. */
function points(count: number, first: number, factor: number, law: (x: number) => number, noise: number, seed: number) {
  const normal = normals(7919 * seed + 13);
  return Array.from({ length: count }, (_, i) => first * factor ** i).map((x) => ({
    x,
    y: law(x) * Math.exp(noise * normal()),
  }));
}

function expectAbout95(shares: Readonly<Record<string, number>>, rounds: number): void {
  for (const [name, share] of Object.entries(shares)) expect(share, name).toBeGreaterThanOrEqual(leastOf(rounds));
}

test("Student's quantiles are those of the tables", () => {
  const table = { 1: 12.7062, 2: 4.3027, 3: 3.1824, 5: 2.5706, 10: 2.2281, 30: 2.0423, 100: 1.984, 2000: 1.96 };
  for (const [degrees, quantile] of Object.entries(table)) expect(student975(Number(degrees))).toBeCloseTo(quantile, 3);
  expect(student975(0.5)).toBe(Number.POSITIVE_INFINITY);
});

describe("95 % intervals of laws fitted to points measured once hold the truth about 95 times in 100", () => {
  const draws = 119;

  test.each([3, 4, 6, 12])("power law without offset, %i points", (count) => {
    const truth = { coefficient: 3, exponent: 1.5 };
    const law = (x: number) => 3 * x ** 1.5;
    const found = coverages(200, truth, (seed) => {
      return powerLawIntervals(points(count, 256, 2, law, 0.02, seed), { draws, seed }).intervals;
    });
    expectAbout95(found, 200);
    // And not by being endless: 95 % intervals miss now and then.
    expect(Math.min(...Object.values(found))).toBeLessThan(1);
  });

  test("power law with an offset, as of losses", () => {
    const truth = { constant: 1.7, coefficient: 40, exponent: -0.3 };
    const law = (x: number) => 1.7 + 40 * x ** -0.3;
    const found = coverages(150, truth, (seed) => {
      const options = { constant: "nonnegative", draws, seed } as const;
      return powerLawIntervals(points(8, 1e4, 8, law, 0.005, seed), options).intervals;
    });
    expectAbout95(found, 150);
  });

  test("piecewise law", () => {
    // Longformer's cost: quadratic up to its window, linear after.
    const law = (x: number) => 1e-9 * x * Math.min(x, 513);
    const found = coverages(60, { break: 513, below: 2, above: 1 }, (seed) => {
      return piecewiseIntervals(points(10, 64, 1.8, law, 0.02, seed), { draws: 79, seed }).intervals;
    });
    expectAbout95(found, 60);
  });

  test("Kaplan's form", () => {
    const law = (x: number) => (8.8e13 / x) ** 0.076;
    const found = coverages(200, { scale: 8.8e13, alpha: 0.076 }, (seed) => {
      return kaplanIntervals(points(10, 1e5, 4, law, 0.005, seed), { draws, seed }).intervals;
    });
    expectAbout95(found, 200);
  });

  test("Chinchilla's form", () => {
    const truth = { E: 1.69, A: 406.4, alpha: 0.34, B: 410.7, beta: 0.28 };
    const found = coverages(60, truth, (seed) => {
      const normal = normals(7919 * seed + 13);
      const models = [0, 1, 2, 3, 4].flatMap((i) =>
        [0, 1, 2, 3, 4].map((j) => {
          const [parameters, tokens] = [4e7 * 4 ** i, 1e9 * 4 ** j];
          const loss = chinchillaLoss({ ...truth, objective: 0 }, parameters, tokens) * Math.exp(0.002 * normal());
          return { parameters, tokens, loss };
        }),
      );
      return chinchillaIntervals(models, { draws: 79, seed }).intervals;
    });
    expectAbout95(found, 60);
  });
});

describe("comparing equal things", () => {
  const rounds = 300;
  /** Two sessions of one truth; of pairs, what seeds differ in is far more than the noise. */
  const session = (count: number, paired: boolean, seed: number, label = ""): Pair => {
    const normal = normals(104_729 * seed + 7);
    const seeds = Array.from({ length: count }, () => (paired ? Math.exp(normal()) : 1));
    const figures = () => seeds.map((value) => value * Math.exp(0.02 * normal()));
    return { x: null, label, a: figures(), b: figures(), lost: null, paired };
  };
  const compared = (pairs: readonly Pair[], seed: number) =>
    compareCurve("curve", "figure", pairs, { tolerance: 0, worse: "more", draws: 199, seed });

  test.each([2, 3, 5, 9])("%i paired seeds: the ratio's interval holds 1 in 95 of 100", (count) => {
    const share = coverage(rounds, 1, (seed) => compared([session(count, true, seed)], seed).ratio);
    expect(share).toBeGreaterThanOrEqual(leastOf(rounds));
    expect(share).toBeLessThanOrEqual(0.95 + 3 * Math.sqrt((0.95 * 0.05) / rounds));
  });

  test.each([1, 3])("four points of %i seeds each, too", (count) => {
    const pairs = (seed: number) => [0, 1, 2, 3].map((i) => session(count, true, 4 * seed + i));
    const share = coverage(rounds, 1, (seed) => compared(pairs(seed), seed).ratio);
    expect(share).toBeGreaterThanOrEqual(leastOf(rounds));
    expect(share).toBeLessThanOrEqual(0.95 + 3 * Math.sqrt((0.95 * 0.05) / rounds));
  });

  test.each([5, 9])("%i repeats that are not paired: alarms are as rare as they are to be", (count) => {
    const verdicts = Array.from({ length: rounds }, (_, seed) => compared([session(count, false, seed)], seed).verdict);
    // Nominally one in forty is called worse; three standard errors more are admitted.
    expect(verdicts.filter((verdict) => verdict === "worse").length / rounds).toBeLessThanOrEqual(0.025 + 0.027);
    const share = coverage(rounds, 1, (seed) => compared([session(count, false, seed)], seed).ratio);
    expect(share).toBeGreaterThanOrEqual(leastOf(rounds));
  });

  test("a figure that is not positive has no ratio, and a single pair no interval", () => {
    const pair = (a: number[], b: number[]): Pair => ({ x: null, label: "", a, b, lost: null, paired: true });
    expect(compared([pair([1, 0], [1, 1])], 1)).toMatchObject({ ratio: null, verdict: "unclear" });
    expect(compared([pair([2], [3])], 1).ratio).toEqual({ value: 1.5, low: 1.5, high: 1.5 });
  });
});

test.each([6, 9, 20])(
  "intervals of a median of %i repeats, by their order alone, hold it in at least 95 of 100",
  (count) => {
    const rounds = 500;
    const share = coverage(rounds, 1, (seed) => {
      const normal = normals(7919 * seed + 13);
      // Repeats are skewed: interruptions only ever make them longer.
      const repeats = Array.from({ length: count }, () => Math.exp(0.05 * normal()) + (normal() > 1.5 ? 0.5 : 0));
      const shift = 1 - medianOfTruth;
      return medianInterval(repeats.map((each) => each + shift));
    });
    expect(share).toBeGreaterThanOrEqual(leastOf(rounds));
    expect(share).toBeLessThan(1);
  },
);

/** Of the skewed noise above, from a million draws of it. */
const medianOfTruth = (() => {
  const normal = normals(1);
  return median(Array.from({ length: 200_000 }, () => Math.exp(0.05 * normal()) + (normal() > 1.5 ? 0.5 : 0)));
})();

test("fewer than six repeats have no interval of their median", () => {
  expect(medianInterval([1, 2, 3, 4, 5])).toBeUndefined();
  expect(medianInterval([6, 1, 2, 3, 4, 5])).toEqual({ value: 3.5, low: 1, high: 6 });
});
