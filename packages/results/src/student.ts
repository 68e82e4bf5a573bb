/** The standard normal quantile of 97.5 %. */
export const NORMAL_975 = 1.959963984540054;
const STEPS = 4000;

/**
 * How far to each side the middle 95 % of Student's t (1908) reach, for so many degrees of freedom (need not be whole; below one there is no saying).
 * With x = sqrt(degrees) tan(angle) the density becomes cos(angle)^(degrees - 1), which is summed until 95 % of it are reached.
 */
export function student975(degrees: number): number {
  if (!(degrees >= 1)) return Number.POSITIVE_INFINITY;
  if (degrees > 1000) return NORMAL_975;
  const width = Math.PI / 2 / STEPS;
  const density = (step: number) => Math.cos((step + 0.5) * width) ** (degrees - 1);
  let whole = 0;
  for (let step = 0; step < STEPS; step++) whole += density(step);
  let [step, left] = [0, 0.95 * whole];
  while (left > density(step)) left -= density(step++);
  return Math.sqrt(degrees) * Math.tan((step + left / density(step)) * width);
}
