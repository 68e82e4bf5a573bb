import { type BootstrapOptions, bootstrap } from "./bootstrap.ts";
import { type CurvePoint, type PowerLaw, fitPowerLaw } from "./power-law.ts";
import { type Interval, median } from "./statistics.ts";

/** The repeats measured at one length. */
export interface MeasuredLength {
  readonly length: number;
  readonly samples: readonly number[];
}

/** A fitted cost and the 95 % bootstrap interval of its exponent over the repeats. */
export interface CostFit {
  readonly law: PowerLaw;
  readonly exponent: Interval;
}

export interface CostFitOptions extends BootstrapOptions {
  /** Times have noise, counts of bytes have none. */
  readonly figures?: "timed" | "counted";
}

const LENGTHS_FOR_EXPONENT = 3;
const LENGTHS_FOR_CONSTANT = { timed: 5, counted: 4 };
/** Relative errors below this are rounding, not evidence for a constant. */
const ROUNDING = 1e-6;

/**
 * Fits cost = c + a n^p to a curve, in log space. The constant (the overhead of a call, which bends the left end of a
 * log-log curve upwards) is admitted only where the data ask for it: at least five lengths (four of a count), a cost that more than doubles, and
 * a Bayesian information criterion (Schwarz, 1978) better by more than 2. Otherwise c = 0: a flat curve would be fitted by any
 * exponent at all beside a large constant.
 *
 * @returns undefined when fewer than three lengths have a positive cost.
 */
export function fitCost(curve: readonly MeasuredLength[], options: CostFitOptions = {}): CostFit | undefined {
  const measured = curve.filter(({ samples }) => median(samples) > 0);
  if (measured.length < LENGTHS_FOR_EXPONENT) return undefined;
  const at = (medians: readonly number[]) => measured.map(({ length }, i) => ({ x: length, y: medians[i] ?? 0 }));
  const samples = measured.map((point) => point.samples);
  const law = chooseLaw(at(samples.map(median)), options.figures ?? "timed");
  const fitAgain = (medians: readonly number[]) =>
    fitPowerLaw(at(medians), law.constant > 0 ? { constant: "nonnegative", start: law } : {}).exponent;
  const exponent = bootstrap(samples, fitAgain, options);
  return exponent && { law, exponent: { ...exponent, value: law.exponent } };
}

function chooseLaw(points: readonly CurvePoint[], kind: "timed" | "counted"): PowerLaw {
  const line = fitPowerLaw(points);
  const figures = points.map(({ y }) => y);
  const growth = Math.max(...figures) / Math.min(...figures);
  const count = points.length;
  if (count < LENGTHS_FOR_CONSTANT[kind] || growth < 2 || line.objective < count * ROUNDING ** 2) return line;
  const bent = fitPowerLaw(points, { constant: "nonnegative" });
  const gain = count * Math.log(line.objective / Math.max(bent.objective, Number.MIN_VALUE)) - Math.log(count);
  return bent.exponent > 0 && gain > 2 ? bent : line;
}
