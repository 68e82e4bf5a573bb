import { solve } from "./least-squares.ts";
import { type CurvePoint, type PowerLaw, evaluate } from "./power-law.ts";

/**
 * Standard errors of a law with a constant that was fitted to y itself ("linear" space): the square roots of the diagonal of
 * s^2 (J'J)^-1 with s^2 = sum of squared residuals / (points - 3).
 */
export function standardErrors(
  points: readonly CurvePoint[],
  law: PowerLaw,
): { constant: number; coefficient: number; exponent: number } {
  const rows = points.map(({ x }) => [1, x ** law.exponent, law.coefficient * x ** law.exponent * Math.log(x)]);
  // Columns of equal size: 1 and n^2 differ by ten powers of ten.
  const sizes = [0, 1, 2].map((k) => Math.hypot(...rows.map((row) => row[k] ?? 0)));
  const column = (k: number) => rows.map((row) => (row[k] ?? 0) / (sizes[k] ?? 1));
  const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
  const normal = [0, 1, 2].map((i) => [0, 1, 2].map((j) => dot(column(i), column(j))));
  const variance = points.reduce((sum, { x, y }) => sum + (evaluate(law, x) - y) ** 2, 0) / (points.length - 3);
  const [constant = Number.NaN, coefficient = Number.NaN, exponent = Number.NaN] = [0, 1, 2].map((k) => {
    const unit = [0, 1, 2].map((i) => (i === k ? 1 : 0));
    return Math.sqrt(variance * (solve(normal, unit)?.[k] ?? Number.NaN)) / (sizes[k] ?? 1);
  });
  return { constant, coefficient, exponent };
}
