import { type Model, minimise } from "./least-squares.ts";
import { type CurvePoint, fitPowerLaw } from "./power-law.ts";

/** L = (scale / N)^alpha: what Kaplan et al. (2020, equation 1.1) fit to losses over parameters, data or compute. */
export interface KaplanLaw {
  readonly scale: number;
  readonly alpha: number;
}

/** Fits Kaplan's form by least squares of log L: a straight line in log-log. Errors: as `fitPowerLaw`. */
export function fitKaplan(points: readonly CurvePoint[]): KaplanLaw {
  const { coefficient, exponent } = fitPowerLaw(points);
  return { scale: coefficient ** (-1 / exponent), alpha: -exponent };
}

/** A model that was trained: its parameters, the tokens it saw, the loss it reached. */
export interface TrainedModel {
  readonly parameters: number;
  readonly tokens: number;
  readonly loss: number;
}

/** L = E + A / N^alpha + B / D^beta: Hoffmann et al. (2022, equation 2) for N parameters and D tokens. */
export interface ChinchillaLaw {
  /** The irreducible loss. */
  readonly E: number;
  readonly A: number;
  readonly alpha: number;
  readonly B: number;
  readonly beta: number;
  /** The sum of Huber's losses of log L. */
  readonly objective: number;
}

const STARTS = { exponents: [0.2, 0.4, 0.8], floors: [0.2, 0.5, 0.8] };

/**
 * Fits Chinchilla's form as its authors do (section 3.3, approach 3): Huber's loss with 1e-3 of log L, over log A, log B, log E and both exponents,
 * from a grid of starts, the best kept.
 *
 * @param options.start a law known to be near, instead of the grid: for refitting resampled data
 * @throws RangeError below six models, or fewer than three different sizes or numbers of tokens: the five numbers would not be determined.
 */
export function fitChinchilla(
  models: readonly TrainedModel[],
  { huber = 1e-3, start }: { readonly huber?: number; readonly start?: ChinchillaLaw } = {},
): ChinchillaLaw {
  checkModels(models);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const size = models.map(({ parameters }) => Math.log(parameters));
  const data = models.map(({ tokens }) => Math.log(tokens));
  // Around their middles the five numbers depend less on each other.
  const [n, d] = [mean(size), mean(data)];
  const scaled = models.map(({ loss }, i) => ({ u: (size[i] ?? 0) - n, v: (data[i] ?? 0) - d, log: Math.log(loss) }));
  const model = chinchillaModel(scaled);
  const near = start && [
    [
      Math.log(start.A) - start.alpha * n,
      start.alpha,
      Math.log(start.B) - start.beta * d,
      start.beta,
      Math.log(start.E),
    ],
  ];
  const fits = (near ?? startsFor(models.map(({ loss }) => loss))).flatMap((parameters) => {
    const squares = minimise(model, parameters);
    return (squares && minimise(model, squares.parameters, huber)) ?? [];
  });
  const [best] = fits.toSorted((a, b) => a.objective - b.objective);
  const [a = NaN, alpha = NaN, b = NaN, beta = NaN, e = NaN] = best?.parameters ?? [];
  return {
    E: Math.exp(e),
    A: Math.exp(a + alpha * n),
    alpha,
    B: Math.exp(b + beta * d),
    beta,
    objective: best?.objective ?? NaN,
  };
}

/** The grid of starts: every pair of exponents with a floor of some share of the least loss, the rest of the mean loss halved between the terms. */
function startsFor(losses: readonly number[]): number[][] {
  const [least, mean] = [Math.min(...losses), losses.reduce((sum, loss) => sum + loss, 0) / losses.length];
  return STARTS.exponents.flatMap((alpha) =>
    STARTS.exponents.flatMap((beta) =>
      STARTS.floors.map((floor) => {
        const half = Math.log((mean - floor * least) / 2);
        return [half, alpha, half, beta, Math.log(floor * least)];
      }),
    ),
  );
}

/** The loss that a law expects. */
export function chinchillaLoss({ E, A, alpha, B, beta }: ChinchillaLaw, parameters: number, tokens: number): number {
  return E + A / parameters ** alpha + B / tokens ** beta;
}

interface Scaled {
  readonly u: number;
  readonly v: number;
  readonly log: number;
}

/** Parameters [log A, alpha, log B, beta, log E] to residuals of log L; each term's share is its part of the gradient. */
function chinchillaModel(scaled: readonly Scaled[]): Model {
  return ([a = 0, alpha = 0, b = 0, beta = 0, e = 0]) => {
    const residuals: number[] = [];
    const jacobian: number[][] = [];
    for (const { u, v, log } of scaled) {
      const terms = [Math.exp(a - alpha * u), Math.exp(b - beta * v), Math.exp(e)];
      const whole = terms.reduce((sum, term) => sum + term, 0);
      const [x = 0, y = 0, z = 0] = terms.map((term) => term / whole);
      residuals.push(Math.log(whole) - log);
      jacobian.push([x, -x * u, y, -y * v, z]);
    }
    return residuals.every(Number.isFinite) ? { residuals, jacobian } : undefined;
  };
}

function checkModels(models: readonly TrainedModel[]): void {
  const different = (values: readonly number[]) => new Set(values).size;
  const sizes = different(models.map(({ parameters }) => parameters));
  const tokens = different(models.map((model) => model.tokens));
  if (models.length < 6 || sizes < 3 || tokens < 3)
    throw new RangeError(
      `scaling law: needs at least 6 models of 3 sizes and 3 numbers of tokens, got ${models.length} of ${sizes} and ${tokens}`,
    );
  const bad = models.find(
    ({ parameters, tokens: seen, loss }) =>
      ![parameters, seen, loss].every((value) => value > 0 && Number.isFinite(value)),
  );
  if (bad) throw new RangeError(`scaling law: sizes, tokens and losses must be positive, got ${JSON.stringify(bad)}`);
}
