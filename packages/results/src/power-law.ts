import { type Minimum, type Model, minimise, objectiveAt, solve } from "./least-squares.ts";

/** A point of a curve: a size (length, parameters, ...) and a positive figure measured at it. */
export interface CurvePoint {
  readonly x: number;
  readonly y: number;
}

/** y = constant + coefficient * x^exponent. A law of losses, L = E + A N^-alpha, has exponent -alpha. */
export interface PowerLaw {
  /** What no size changes: the overhead of a call, or the irreducible loss. */
  readonly constant: number;
  readonly coefficient: number;
  readonly exponent: number;
  /** What was minimised: the sum of squared residuals, or Huber's (see `minimise`). */
  readonly objective: number;
}

export interface FitOptions {
  /** "none": a straight line in log-log. "nonnegative": with an irreducible constant c >= 0. */
  readonly constant?: "none" | "nonnegative";
  /** Residuals of log y ("log", relative errors count) or of y itself ("linear"). */
  readonly space?: "log" | "linear";
  /** Beyond this residual (of log y in log space) the loss grows linearly: outliers pull less. */
  readonly huber?: number;
  /** A law known to be near, instead of the grid of starts: for refitting resampled data. */
  readonly start?: PowerLaw;
}

/** The value of a law at a size. */
export function evaluate({ constant, coefficient, exponent }: PowerLaw, x: number): number {
  return constant + coefficient * x ** exponent;
}

/** Exponents to start from: costs rise, losses fall. */
const STARTS = [-2, -1, -0.5, -0.25, -0.1, 0.25, 0.5, 1, 1.5, 2, 3];

/**
 * Fits a power law. For a given exponent the law is linear in the other two numbers; their weighted least squares on a
 * grid of exponents start Levenberg-Marquardt over all three, from the three best. The fit with c = 0 always takes part,
 * so a constant that wants to be negative ends at 0, the boundary.
 *
 * @throws RangeError when there are fewer points than free numbers, or a point is not positive.
 */
export function fitPowerLaw(points: readonly CurvePoint[], options: FitOptions = {}): PowerLaw {
  const { constant = "none", space = "log", huber = Number.POSITIVE_INFINITY } = options;
  const needed = constant === "none" ? 2 : 3;
  if (new Set(points.map(({ x }) => x)).size < needed)
    throw new RangeError(`power law: needs at least ${needed} different sizes, got ${points.length} points`);
  const bad = points.find(({ x, y }) => !(x > 0 && y > 0 && Number.isFinite(x) && Number.isFinite(y)));
  if (bad) throw new RangeError(`power law: sizes and figures must be positive, got (${bad.x}, ${bad.y})`);

  // Sizes and figures around 1 keep the normal equations well conditioned from 256 tokens to 10^10 parameters.
  const middle = points.reduce((sum, { x }) => sum + Math.log(x), 0) / points.length;
  const scale = Math.exp(points.reduce((sum, { y }) => sum + Math.log(y), 0) / points.length);
  const data: Scaled = { u: points.map(({ x }) => Math.log(x) - middle), y: points.map(({ y }) => y / scale) };
  const threshold = space === "log" ? huber : huber / scale;
  const near = options.start && [rescaled(options.start, middle, scale)];
  const best = constant === "none" ? pure(data, space, threshold) : withConstant(data, space, threshold, near);
  const [c = 0, logA = 0, exponent = 0] = best.parameters;
  return {
    constant: c * scale,
    coefficient: Math.exp(logA - exponent * middle) * scale,
    exponent,
    objective: space === "log" ? best.objective : best.objective * scale * scale,
  };
}

/** Logarithms of sizes around 0, and figures around 1. */
interface Scaled {
  readonly u: readonly number[];
  readonly y: readonly number[];
}

/** c = 0. In log space without Huber's loss this is linear regression, which the first step already solves. */
function pure(data: Scaled, space: "log" | "linear", huber: number): Minimum {
  const model = lawModel(data, space);
  const inner: Model = ([logA = 0, p = 0]) => {
    const at = model([0, logA, p]);
    return at && { residuals: at.residuals, jacobian: at.jacobian.map((row) => row.slice(1)) };
  };
  const line = regression(data);
  const squares = space === "log" ? line : (minimise(inner, line)?.parameters ?? line);
  if (space === "log" && !Number.isFinite(huber))
    return { parameters: [0, ...line], objective: objectiveAt(inner, line, huber) };
  const found = minimise(inner, squares, huber);
  return { parameters: [0, ...(found?.parameters ?? line)], objective: found?.objective ?? Number.NaN };
}

type Parameters = readonly [constant: number, logCoefficient: number, exponent: number];

function withConstant(data: Scaled, space: "log" | "linear", huber: number, near?: Parameters[]): Minimum {
  const model = lawModel(data, space);
  let best = pure(data, space, huber);
  for (const start of near ?? bestStarts(data, model, huber)) {
    // Squares first: Huber's loss is nearly flat far away.
    const squares = minimise(model, start);
    const found = squares && Number.isFinite(huber) ? minimise(model, squares.parameters, huber) : squares;
    if (found && found.objective < best.objective) best = found;
  }
  return best;
}

function bestStarts(data: Scaled, model: Model, huber: number): Parameters[] {
  return STARTS.flatMap((p) => linearPart(data, p) ?? [])
    .map((parameters) => ({ parameters, objective: objectiveAt(model, parameters, huber) }))
    .toSorted((a, b) => a.objective - b.objective)
    .slice(0, 3)
    .map(({ parameters }) => parameters);
}

/** A law in the scaled figures of another fit. */
function rescaled({ constant, coefficient, exponent }: PowerLaw, middle: number, scale: number): Parameters {
  return [constant / scale, Math.log(coefficient / scale) + exponent * middle, exponent];
}

/** Parameters [c, log a, p] to residuals of c + a exp(p u); undefined where c < 0. */
function lawModel({ u, y }: Scaled, space: "log" | "linear"): Model {
  return ([c = 0, logA = 0, p = 0]) => {
    if (c < 0) return undefined;
    const residuals: number[] = [];
    const jacobian: number[][] = [];
    u.forEach((size, i) => {
      const power = Math.exp(logA + p * size);
      const value = c + power;
      const figure = y[i] ?? Number.NaN;
      const slope = space === "log" ? 1 / value : 1;
      residuals.push(space === "log" ? Math.log(value / figure) : value - figure);
      jacobian.push([slope, slope * power, slope * power * size]);
    });
    return residuals.every(Number.isFinite) ? { residuals, jacobian } : undefined;
  };
}

/** [log a, p] of the straight line through (log x, log y). */
function regression({ u, y }: Scaled): [number, number] {
  const v = y.map(Math.log);
  const mean = v.reduce((sum, value) => sum + value, 0) / v.length;
  const spread = u.reduce((sum, value) => sum + value * value, 0);
  const slope = u.reduce((sum, value, i) => sum + value * ((v[i] ?? 0) - mean), 0) / spread;
  return [mean, slope];
}

/** The best c and a for a given exponent, by least squares of relative errors; undefined unless c >= 0 and a > 0. */
function linearPart({ u, y }: Scaled, p: number): [Parameters] | undefined {
  const sums = [0, 0, 0, 0, 0];
  u.forEach((size, i) => {
    const weight = 1 / (y[i] ?? 1);
    const power = Math.exp(p * size);
    [weight * weight, weight * weight * power, weight * weight * power * power, weight, weight * power].forEach(
      (term, k) => (sums[k] = (sums[k] ?? 0) + term),
    );
  });
  const [s = 0, sp = 0, spp = 0, sy = 0, spy = 0] = sums;
  const [c = 0, a = 0] =
    solve(
      [
        [s, sp],
        [sp, spp],
      ],
      [sy, spy],
    ) ?? [];
  return a > 0 && c >= 0 ? [[c, Math.log(a), p]] : undefined;
}
