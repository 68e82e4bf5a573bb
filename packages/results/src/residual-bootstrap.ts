import type { BootstrapOptions } from "./bootstrap.ts";
import { uniform } from "./random.ts";
import { type Interval, quantileOfSorted } from "./statistics.ts";
import { NORMAL_975, student975 } from "./student.ts";

/** A law fitted to points that were measured once each: what is needed to fit it again. */
export interface Refittable<Law, Name extends string> {
  readonly law: Law;
  /** Logarithms of what was measured, and of what the law says there. */
  readonly measured: readonly number[];
  readonly expected: readonly number[];
  /** How many numbers the fit chose. */
  readonly free: number;
  /** Fits anew to other logarithms of measurements at the same places; undefined where that fails. */
  readonly refit: (logs: readonly number[]) => Law | undefined;
  /** The figures that intervals are wanted for. */
  readonly numbers: (law: Law) => Readonly<Record<Name, number>>;
}

/**
 * 95 % intervals of a fitted law's numbers by a residual bootstrap (Davison and Hinkley, 1997, section 6.2.3): residuals of log y, freed of what the
 * fit took out of them (divided by the root of one minus the mean leverage, free / points) and centred, are drawn anew onto the fitted curve, and the
 * law is fitted again. Percentile intervals of few points are too narrow, so their arms are lengthened by Student's over the normal quantile with
 * points - free degrees of freedom (after Hesterberg, 2015, section 3.2); of numbers that are always positive in the logarithm.
 */
export function residualBootstrap<Law, Name extends string>(
  { law, measured, expected, free, refit, numbers }: Refittable<Law, Name>,
  { draws = 400, seed = 0 }: BootstrapOptions = {},
): Record<Name, Interval> {
  const count = measured.length;
  const residuals = measured.map((log, i) => log - (expected[i] ?? Number.NaN));
  const mean = residuals.reduce((sum, each) => sum + each, 0) / count;
  const freed = Math.sqrt(Math.max(1 - free / count, Number.EPSILON));
  const errors = residuals.map((each) => (each - mean) / freed);
  const next = uniform(seed);
  const error = () => errors[Math.floor(next() * count)] ?? 0;
  const found = Array.from({ length: draws }, () => refit(expected.map((log) => log + error()))).flatMap((drawn) =>
    drawn === undefined ? [] : [numbers(drawn)],
  );
  const stretch = student975(count - free) / NORMAL_975;
  const values: Readonly<Record<string, number>> = numbers(law);
  const intervals = Object.entries(values).map(([name, value]): [string, Interval] => {
    const drawn = found.map((each: Readonly<Record<string, number>>) => each[name] ?? Number.NaN);
    return [name, stretched(value, drawn, stretch)];
  });
  return Object.fromEntries(intervals) as Record<Name, Interval>;
}

function stretched(value: number, drawn: readonly number[], stretch: number): Interval {
  const positive = value > 0 && drawn.every((each) => each > 0);
  const [to, from] = positive ? [Math.log, Math.exp] : [Number, Number];
  const sorted = Float64Array.from(drawn, to).toSorted();
  const middle = to(value);
  // The q-th of n draws is at q (n + 1) of their order: between them n + 1 gaps are equally likely.
  const place = (q: number) => Math.min(1, Math.max(0, (q * (drawn.length + 1) - 1) / (drawn.length - 1)));
  const [low, high] = [0.025, 0.975].map((q) => middle + (quantileOfSorted(sorted, place(q)) - middle) * stretch);
  return { value, low: from(Math.min(middle, low ?? middle)), high: from(Math.max(middle, high ?? middle)) };
}
