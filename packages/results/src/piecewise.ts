import { solve } from "./least-squares.ts";
import type { CurvePoint } from "./power-law.ts";

/** Two power laws that meet: y = coefficient x^below up to the break, and goes on with x^above. */
export interface PiecewiseLaw {
  readonly break: number;
  readonly below: number;
  readonly above: number;
  /** The value at the break. */
  readonly atBreak: number;
  /** Sum of squared residuals of log y. */
  readonly objective: number;
  /** Whether the data ask for the break: Bayesian information criterion better than one law's by more than 6 ("strong", Kass and Raftery, 1995). */
  readonly kinked: boolean;
}

/** The value of a piecewise law at a size. */
export function piecewiseValue({ break: place, below, above, atBreak }: PiecewiseLaw, x: number): number {
  return atBreak * (x / place) ** (x < place ? below : above);
}

/** Places that are tried between two neighbouring sizes. */
const PLACES = 24;

/**
 * Fits a line with one kink in log-log (segmented regression): for a given break it is linear least squares, so the break alone is searched for,
 * from the second size to the last but one.
 *
 * @throws RangeError below five sizes, or when a point is not positive.
 */
export function fitPiecewise(points: readonly CurvePoint[]): PiecewiseLaw {
  const sizes = [...new Set(points.map(({ x }) => x))].toSorted((a, b) => a - b);
  if (sizes.length < 5) throw new RangeError(`piecewise law: needs at least 5 different sizes, got ${sizes.length}`);
  const bad = points.find(({ x, y }) => !(x > 0 && y > 0 && Number.isFinite(x) && Number.isFinite(y)));
  if (bad) throw new RangeError(`piecewise law: sizes and figures must be positive, got (${bad.x}, ${bad.y})`);
  const logs = points.map(({ x, y }) => ({ u: Math.log(x), v: Math.log(y) }));
  const inner = sizes.slice(1, -1).map(Math.log);
  const places = inner.flatMap((place, i) => {
    const next = inner[i + 1] ?? place;
    return Array.from({ length: next > place ? PLACES : 1 }, (_, k) => place + ((next - place) * k) / PLACES);
  });
  const tried = places.flatMap((place) => {
    const fit = regress(logs, [() => 1, (u) => u - place, (u) => Math.max(0, u - place)]);
    return fit ? [{ place, ...fit }] : [];
  });
  const [best] = tried.toSorted((a, b) => a.objective - b.objective);
  const [level = NaN, below = NaN, bend = NaN] = best?.coefficients ?? [];
  const objective = best?.objective ?? NaN;
  const straight = regress(logs, [() => 1, (u) => u])?.objective ?? NaN;
  const count = points.length;
  // The break and the second slope are two more numbers.
  const gain = count * Math.log(straight / Math.max(objective, Number.MIN_VALUE)) - 2 * Math.log(count);
  return {
    break: Math.exp(best?.place ?? NaN),
    below,
    above: below + bend,
    atBreak: Math.exp(level),
    objective,
    kinked: gain > 6,
  };
}

function regress(
  logs: readonly { readonly u: number; readonly v: number }[],
  basis: readonly ((u: number) => number)[],
): { coefficients: readonly number[]; objective: number } | undefined {
  const rows = logs.map(({ u }) => basis.map((one) => one(u)));
  const sum = (of: (row: readonly number[], v: number) => number) =>
    rows.reduce((total, row, i) => total + of(row, logs[i]?.v ?? 0), 0);
  const normal = basis.map((_, i) => basis.map((__, j) => sum((row) => (row[i] ?? 0) * (row[j] ?? 0))));
  const right = basis.map((_, i) => sum((row, v) => (row[i] ?? 0) * v));
  const coefficients = solve(normal, right);
  if (!coefficients) return undefined;
  const objective = sum(
    (row, v) => (v - row.reduce((total, value, i) => total + value * (coefficients[i] ?? 0), 0)) ** 2,
  );
  return { coefficients, objective };
}
