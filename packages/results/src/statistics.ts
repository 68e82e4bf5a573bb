/**
 * The value below which a share `q` of the numbers lies, interpolated between neighbours (type 7 of Hyndman and Fan, 1996:
 * what R and numpy do). NaN for no numbers.
 */
export function quantile(values: readonly number[], q: number): number {
  return quantileOfSorted(Float64Array.from(values).toSorted(), q);
}

/** `quantile` of numbers that are in rising order already. */
export function quantileOfSorted(sorted: ArrayLike<number>, q: number): number {
  const place = q * (sorted.length - 1);
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  // Equal neighbours may be infinite, and infinity minus infinity is not a number.
  return below === above ? below : below + (above - below) * (place - Math.floor(place));
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** A value with the ends of its interval. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Median and quartiles: the spread that is drawn for the repeats of one trial. */
export function medianAndQuartiles(values: readonly number[]): Interval {
  const sorted = Float64Array.from(values).toSorted();
  return {
    value: quantileOfSorted(sorted, 0.5),
    low: quantileOfSorted(sorted, 0.25),
    high: quantileOfSorted(sorted, 0.75),
  };
}
