import type { CurvePoint } from "./power-law.ts";

/** R^2 of log y: the share of its variance that a law explains. 1 where y does not vary and the law says so. */
export function rSquared(points: readonly CurvePoint[], law: (x: number) => number): number {
  const logs = points.map(({ y }) => Math.log(y));
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  const total = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0);
  const left = points.reduce((sum, { x }, i) => sum + ((logs[i] ?? 0) - Math.log(law(x))) ** 2, 0);
  return total === 0 ? (left === 0 ? 1 : 0) : 1 - left / total;
}
