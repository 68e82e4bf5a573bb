import { type Interval, quantileOfSorted } from "./statistics.ts";

/**
 * The interval of a median that follows from the order of the repeats alone (the sign test's; Conover, 1999, section 3.2): between the k-th smallest and
 * the k-th largest, with the largest k that holds the median in 95 % of cases or more, whatever the noise is like. It admits the skewed noise of
 * times and does not care how far out an outlier lies.
 *
 * @returns undefined below six values, whose whole range holds the median too seldom
 */
export function medianInterval(values: readonly number[]): Interval | undefined {
  const sorted = Float64Array.from(values).toSorted();
  const count = sorted.length;
  // P(fewer than k of n values lie below the median), k = 1, 2, ...: a binomial sum.
  let [k, term, outside] = [0, 2 ** -count, 2 ** -count];
  while (2 * outside <= 0.05) {
    k++;
    term *= (count - k + 1) / k;
    outside += term;
  }
  const [low, high] = [sorted[k - 1], sorted[count - k]];
  if (low === undefined || high === undefined) return undefined;
  return { value: quantileOfSorted(sorted, 0.5), low, high };
}

/** Half of that interval's width over the median: what "known to 3 %" means. Infinite while it has none. */
export function relativeHalfWidth(values: readonly number[]): number {
  const interval = medianInterval(values);
  return interval === undefined ? Number.POSITIVE_INFINITY : (interval.high - interval.low) / 2 / interval.value;
}
