import { type BootstrapOptions, bootstrap } from "./bootstrap.ts";
import type { MeasuredLength } from "./cost-law.ts";

/** The length from which a variant is cheaper than the baseline for good. */
export interface Crossover {
  readonly length: number;
  /** The 95 % bootstrap interval over the repeats of both curves. */
  readonly low: number;
  readonly high: number;
  /** "at-or-below": cheaper at every measured length, so `length` is the shortest one. */
  readonly relation: "at" | "at-or-below";
  /** The interval reaches past the longest common length: in some draws the variant never became cheaper. */
  readonly open: boolean;
}

/** A cost at a length: one point of a measured curve. */
interface Cost {
  readonly length: number;
  readonly cost: number;
}

/**
 * Finds where a variant's curve falls below the baseline's for good, on the lengths measured for both. Between two lengths both
 * curves are taken as straight in log-log.
 *
 * @returns null when the variant is not cheaper at the longest common length.
 */
export function crossover(
  variant: readonly MeasuredLength[],
  baseline: readonly MeasuredLength[],
  options: BootstrapOptions = {},
): Crossover | null {
  const pairs = variant
    .flatMap((mine) => baseline.filter(({ length }) => length === mine.length).map((other) => ({ mine, other })))
    .toSorted((a, b) => a.mine.length - b.mine.length);
  const samples = pairs.flatMap(({ mine, other }) => [mine.samples, other.samples]);
  const figure = (medians: readonly number[]) =>
    crossingLength(
      pairs.map(({ mine }, i) => ({ length: mine.length, cost: medians[2 * i] ?? Number.NaN })),
      pairs.map(({ mine }, i) => ({ length: mine.length, cost: medians[2 * i + 1] ?? Number.NaN })),
    );
  const interval = bootstrap(samples, figure, options);
  const [first, last] = [pairs[0]?.mine.length, pairs.at(-1)?.mine.length];
  if (!interval || first === undefined || last === undefined) return null;
  return {
    length: interval.value,
    low: interval.low,
    high: Math.min(interval.high, last),
    relation: interval.value > first ? "at" : "at-or-below",
    open: interval.high > last,
  };
}

/** The crossing of two curves over the same rising lengths; the shortest length where the variant is cheaper throughout. */
export function crossingLength(variant: readonly Cost[], baseline: readonly Cost[]): number | undefined {
  const gaps = variant.map(({ length, cost }, i) => ({
    length,
    gap: Math.log(cost / (baseline[i]?.cost ?? Number.NaN)),
  }));
  const behind = gaps.findLastIndex(({ gap }) => !(gap < 0));
  const ahead = gaps[behind + 1];
  const before = gaps[behind];
  if (ahead === undefined || before === undefined) return ahead?.length;
  const share = before.gap / (before.gap - ahead.gap);
  return before.length * (ahead.length / before.length) ** share;
}
