import { uniform } from "./random.ts";
import { type Interval, median, quantileOfSorted } from "./statistics.ts";

export interface BootstrapOptions {
  /** How often the repeats are drawn anew. */
  readonly draws?: number;
  readonly seed?: number;
}

/**
 * The 95 % percentile interval of a figure computed from medians of repeats (Efron and Tibshirani, 1993, section 13.3):
 * the repeats of each trial are drawn anew with replacement, the figure is computed again, and the middle 95 % are kept.
 * A draw for which the figure does not exist counts as +Infinity. The interval always holds the value itself.
 *
 * @param samples the repeats of every trial that the figure depends on
 * @param figure from one median per trial to the figure, undefined where there is none
 */
export function bootstrap(
  samples: readonly (readonly number[])[],
  figure: (medians: readonly number[]) => number | undefined,
  { draws = 400, seed = 0 }: BootstrapOptions = {},
): Interval | undefined {
  const value = figure(samples.map(median));
  if (value === undefined) return undefined;
  const next = uniform(seed);
  const drawn = Float64Array.from({ length: draws }, () => {
    const medians = samples.map((repeats) => median(resample(repeats, next)));
    return figure(medians) ?? Number.POSITIVE_INFINITY;
  }).toSorted();
  return {
    value,
    low: Math.min(value, quantileOfSorted(drawn, 0.025)),
    high: Math.max(value, quantileOfSorted(drawn, 0.975)),
  };
}

function resample(values: readonly number[], next: () => number): number[] {
  return values.map(() => values[Math.floor(next() * values.length)] ?? Number.NaN);
}

/** Bootstrap draws for each curve: fewer where hundreds of curves share a report or a comparison, whose intervals nobody reads to a third digit. */
export function drawsFor(curves: number): number {
  return Math.min(400, Math.max(100, Math.round(40_000 / curves)));
}
