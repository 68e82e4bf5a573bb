/** One evaluation of a model: residuals [points], and their derivatives [points][parameters]. Undefined outside its domain. */
export type Model = (parameters: readonly number[]) => { residuals: number[]; jacobian: number[][] } | undefined;

export interface Minimum {
  readonly parameters: readonly number[];
  /** Sum of squared residuals; with `huber` = d, residuals beyond d count 2 d |r| - d^2 instead (Huber, 1964). */
  readonly objective: number;
}

const STEPS = 4000;
/** A step that changes the objective by less than this share is at the minimum: the next one would gain the square of it. */
const ROUNDING = 1e-12;

/**
 * Levenberg-Marquardt for a handful of parameters, with Huber's loss by reweighting: |r| > d is given the weight d / |r|,
 * which bounds the loss from above and touches it, so every accepted step lowers the true objective.
 */
export function minimise(
  model: Model,
  start: readonly number[],
  huber = Number.POSITIVE_INFINITY,
): Minimum | undefined {
  let parameters = start;
  let current = model(parameters);
  if (!current) return undefined;
  let objective = loss(current.residuals, huber);
  let damping = 1e-3;
  for (let step = 0; step < STEPS && damping < 1e12; step++) {
    const { normal, gradient } = equations(current.residuals, current.jacobian, huber);
    const damped = normal.map((row, i) => row.map((value, j) => (i === j ? value * (1 + damping) + 1e-300 : value)));
    const change = solve(damped, gradient);
    const next = change && parameters.map((value, i) => value - (change[i] ?? 0));
    const tried = next && model(next);
    const triedObjective = tried ? loss(tried.residuals, huber) : Number.POSITIVE_INFINITY;
    if (next && tried && triedObjective < objective) {
      const settled = objective - triedObjective <= ROUNDING * objective;
      [parameters, current, objective] = [next, tried, triedObjective];
      damping = Math.max(damping / 10, 1e-12);
      if (settled) break;
    } else if (triedObjective <= objective * (1 + ROUNDING)) break;
    else damping *= 10;
  }
  return { parameters, objective };
}

/** What `minimise` lowers, at given parameters; infinite outside the model's domain. */
export function objectiveAt(model: Model, parameters: readonly number[], huber: number): number {
  const at = model(parameters);
  return at ? loss(at.residuals, huber) : Number.POSITIVE_INFINITY;
}

function loss(residuals: readonly number[], huber: number): number {
  let sum = 0;
  for (const r of residuals) sum += Math.abs(r) <= huber ? r * r : 2 * huber * Math.abs(r) - huber * huber;
  return sum;
}

/** The weighted normal matrix J'WJ and J'Wr. */
function equations(residuals: readonly number[], jacobian: readonly number[][], huber: number) {
  const size = jacobian[0]?.length ?? 0;
  const normal = Array.from({ length: size }, () => Array.from({ length: size }, () => 0));
  const gradient = Array.from({ length: size }, () => 0);
  residuals.forEach((residual, point) => {
    const row = jacobian[point] ?? [];
    const weight = Math.min(1, huber / Math.abs(residual));
    normal.forEach((line, i) => {
      const left = weight * (row[i] ?? 0);
      gradient[i] = (gradient[i] ?? 0) + left * residual;
      for (let j = 0; j < size; j++) line[j] = (line[j] ?? 0) + left * (row[j] ?? 0);
    });
  });
  return { normal, gradient };
}

/** Solves a small linear system by elimination with pivoting; undefined when it is singular. */
export function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] | undefined {
  const rows = matrix.map((row, i) => [...row, right[i] ?? 0]);
  const size = rows.length;
  for (let column = 0; column < size; column++) {
    const below = rows.slice(column).map((row) => Math.abs(row[column] ?? 0));
    const pivot = column + below.indexOf(Math.max(...below));
    const [a, b] = [rows[column], rows[pivot]];
    if (!a || !b || !((below[pivot - column] ?? 0) > 0)) return undefined;
    [rows[column], rows[pivot]] = [b, a];
    for (const row of rows) {
      if (row === b) continue;
      const factor = (row[column] ?? 0) / (b[column] ?? 1);
      for (let j = column; j <= size; j++) row[j] = (row[j] ?? 0) - factor * (b[j] ?? 0);
    }
  }
  const solution = rows.map((row, i) => (row[size] ?? 0) / (row[i] ?? 1));
  return solution.every(Number.isFinite) ? solution : undefined;
}
