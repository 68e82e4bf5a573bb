import type { Interval } from "./statistics.ts";
import { student975 } from "./student.ts";

/** The figures of the same seeds in two folders: `a[i]` and `b[i]` belong together. */
export interface PairedFigures {
  readonly a: readonly number[];
  readonly b: readonly number[];
}

/**
 * B over A where seeds pair the figures: what seeds differ in cancels. The geometric mean of the ratios, over the points by equal weight, with the 95 %
 * interval of Student's t on their logarithms; where points have several seeds the variances within them are added (Satterthwaite's degrees of freedom,
 * 1946), otherwise the ratios of different points stand for the noise. A percentile bootstrap over three to nine seeds would hold the truth in 73 to 89
 * of 100 cases only. A single pair has no interval: both ends are the ratio.
 *
 * @returns undefined where a figure is not positive, or there is none.
 */
export function pairedRatio(points: readonly PairedFigures[]): Interval | undefined {
  const logs = points.map(({ a, b }) => a.map((value, i) => Math.log((b[i] ?? Number.NaN) / value)));
  if (logs.length === 0 || logs.some((each) => each.length === 0 || !each.every(Number.isFinite))) return undefined;
  const middle = meanOf(logs.map(meanOf));
  const several = logs.filter(({ length }) => length > 1);
  const { error, degrees } = several.length === logs.length ? within(logs) : within([logs.map(meanOf)]);
  const arm = error > 0 ? student975(degrees) * error : 0;
  return { value: Math.exp(middle), low: Math.exp(middle - arm), high: Math.exp(middle + arm) };
}

/** Standard error of the mean of means of independent groups. */
function within(groups: readonly (readonly number[])[]): { readonly error: number; readonly degrees: number } {
  const parts = groups.map((values) => {
    const mean = meanOf(values);
    const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    const degrees = values.length - 1;
    return { variance: degrees > 0 ? squares / degrees / values.length / groups.length ** 2 : 0, degrees };
  });
  const variance = parts.reduce((sum, part) => sum + part.variance, 0);
  const spread = parts.reduce((sum, part) => sum + (part.degrees > 0 ? part.variance ** 2 / part.degrees : 0), 0);
  return { error: Math.sqrt(variance), degrees: variance ** 2 / spread };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
