import { type BootstrapOptions, bootstrap } from "./bootstrap.ts";
import { pairedRatio } from "./paired-ratio.ts";
import { type Interval, median } from "./statistics.ts";

/** What became of a figure from one folder to another: "higher" and "lower" where nobody said which is better, "unclear" when the interval does not tell. */
export type Verdict = "worse" | "better" | "higher" | "lower" | "same" | "unclear";

/** One figure of one trial (or one point of a study) in both folders. */
export interface ComparedPoint {
  /** Where on the curve: a length; null where points have no order. */
  readonly x: number | null;
  readonly label: string;
  readonly a: number | null;
  readonly b: number | null;
  /** B over A with its 95 % bootstrap interval; null where one of them has no figure. */
  readonly ratio: Interval | null;
  /** Why B has none though A has: its failure as a sentence. */
  readonly lost: string | null;
}

/** One figure along one curve. */
export interface ComparedCurve {
  readonly label: string;
  /** "forward time", "step memory", or a metric. */
  readonly figure: string;
  readonly points: readonly ComparedPoint[];
  /** Geometric mean of the ratios, with the 95 % bootstrap interval of it. */
  readonly ratio: Interval | null;
  readonly verdict: Verdict;
}

/** Two folders, trial by trial. Plain JSON. */
export interface Comparison {
  readonly names: readonly [a: string, b: string];
  /** A difference below this share is called "same": what was asked for, or the noise floor of either folder where that is greater. */
  readonly tolerance: number;
  readonly curves: readonly ComparedCurve[];
  /** Trials that only one of them holds. */
  readonly onlyA: number;
  readonly onlyB: number;
  readonly regressed: boolean;
}

/** The samples of a figure at one point, in both folders. */
export interface Pair {
  readonly x: number | null;
  readonly label: string;
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly lost: string | null;
  /** Whether `a[i]` and `b[i]` belong together (a seed): ratios are then taken of each two, and what seeds differ in cancels. */
  readonly paired: boolean;
}

export interface CurveOptions extends BootstrapOptions {
  readonly tolerance: number;
  /** Which direction is bad; null when nobody said: a change is then no regression. */
  readonly worse: "more" | "less" | null;
}

/**
 * Compares one figure along a curve: paired figures by `pairedRatio`, others by a bootstrap of both medians. The interval knows the noise within both
 * sessions, not what differs between two sessions of one machine.
 */
export function compareCurve(
  label: string,
  figure: string,
  pairs: readonly Pair[],
  options: CurveOptions,
): ComparedCurve {
  const points = pairs.map((pair): ComparedPoint => {
    const ratio = pair.paired ? pairedRatio([pair]) : bootstrap([pair.a, pair.b], quotient, options);
    const [a = null, b = null] = [pair.a, pair.b].map(middle);
    return { x: pair.x, label: pair.label, a, b, ratio: ratio ?? null, lost: pair.lost };
  });
  const whole = pairs.filter((_, i) => points[i]?.ratio != null);
  const ratio = whole.every(({ paired }) => paired) ? pairedRatio(whole) : meanRatio(whole, options);
  const lost = points.some((point) => point.lost !== null);
  return { label, figure, points, ratio: ratio ?? null, verdict: lost ? "worse" : verdictOf(ratio, options) };
}

/** The geometric mean of the ratios of medians. */
function meanRatio(pairs: readonly Pair[], options: CurveOptions): Interval | undefined {
  const mean = (medians: readonly number[]) => {
    const logs = pairs.map((_, i) => Math.log((medians[2 * i + 1] ?? 0) / (medians[2 * i] ?? 0)));
    return Math.exp(logs.reduce((sum, log) => sum + log, 0) / pairs.length);
  };
  return bootstrap(
    pairs.flatMap(({ a, b }) => [a, b]),
    mean,
    options,
  );
}

function verdictOf(ratio: Interval | undefined, { tolerance, worse }: CurveOptions): Verdict {
  if (ratio === undefined) return "unclear";
  const [low, high] = [1 / (1 + tolerance), 1 + tolerance];
  if (ratio.low >= low && ratio.high <= high) return "same";
  if (ratio.low > high) return worse === null ? "higher" : worse === "more" ? "worse" : "better";
  if (ratio.high < low) return worse === null ? "lower" : worse === "more" ? "better" : "worse";
  return "unclear";
}

function quotient([a = 0, b = 0]: readonly number[]): number | undefined {
  return a > 0 && b > 0 ? b / a : undefined;
}

function middle(values: readonly number[]): number | null {
  const value = median(values);
  return Number.isFinite(value) ? value : null;
}
