import type { BootstrapOptions } from "./bootstrap.ts";
import { type PiecewiseLaw, fitPiecewise, piecewiseValue } from "./piecewise.ts";
import { type CurvePoint, type FitOptions, type PowerLaw, evaluate, fitPowerLaw } from "./power-law.ts";
import { residualBootstrap } from "./residual-bootstrap.ts";
import {
  type ChinchillaLaw,
  type KaplanLaw,
  type TrainedModel,
  chinchillaLoss,
  fitChinchilla,
  fitKaplan,
} from "./scaling-laws.ts";
import type { Interval } from "./statistics.ts";

/** A law with the 95 % intervals of its numbers. */
export interface LawWithIntervals<Law, Name extends string> {
  readonly law: Law;
  readonly intervals: Readonly<Record<Name, Interval>>;
}

/** `fitPowerLaw` in log space, with intervals (see `residualBootstrap`); a constant's is cut off at 0. Errors: as `fitPowerLaw`. */
export function powerLawIntervals(
  points: readonly CurvePoint[],
  { constant = "none", ...options }: Pick<FitOptions, "constant"> & BootstrapOptions = {},
): LawWithIntervals<PowerLaw, "constant" | "coefficient" | "exponent"> {
  const law = fitPowerLaw(points, { constant });
  const intervals = residualBootstrap(
    {
      ...logsOf(points, (x) => evaluate(law, x)),
      law,
      free: constant === "none" ? 2 : 3,
      refit: (logs) => fitPowerLaw(moved(points, logs), { constant, start: law }),
      numbers: (fitted) => ({
        constant: fitted.constant,
        coefficient: fitted.coefficient,
        exponent: fitted.exponent,
      }),
    },
    options,
  );
  return {
    law,
    intervals: { ...intervals, constant: { ...intervals.constant, low: Math.max(0, intervals.constant.low) } },
  };
}

/** `fitPiecewise` with intervals; where `kinked` is false, that of the break says nothing. Errors: as `fitPiecewise`. */
export function piecewiseIntervals(
  points: readonly CurvePoint[],
  options: BootstrapOptions = {},
): LawWithIntervals<PiecewiseLaw, "break" | "below" | "above"> {
  const law = fitPiecewise(points);
  const intervals = residualBootstrap(
    {
      ...logsOf(points, (x) => piecewiseValue(law, x)),
      law,
      free: 4,
      refit: (logs) => fitPiecewise(moved(points, logs)),
      numbers: (fitted) => ({ break: fitted.break, below: fitted.below, above: fitted.above }),
    },
    options,
  );
  return { law, intervals };
}

/** `fitKaplan` with intervals. Errors: as `fitKaplan`. */
export function kaplanIntervals(
  points: readonly CurvePoint[],
  options: BootstrapOptions = {},
): LawWithIntervals<KaplanLaw, "scale" | "alpha"> {
  const law = fitKaplan(points);
  const intervals = residualBootstrap(
    {
      ...logsOf(points, (x) => (law.scale / x) ** law.alpha),
      law,
      free: 2,
      refit: (logs) => fitKaplan(moved(points, logs)),
      numbers: ({ scale, alpha }) => ({ scale, alpha }),
    },
    options,
  );
  return { law, intervals };
}

/** `fitChinchilla` with intervals; of few models, or of a narrow range of sizes, they are wide, and honestly so. Errors: as `fitChinchilla`. */
export function chinchillaIntervals(
  models: readonly TrainedModel[],
  { huber = 1e-3, ...options }: { readonly huber?: number } & BootstrapOptions = {},
): LawWithIntervals<ChinchillaLaw, "E" | "A" | "alpha" | "B" | "beta"> {
  const law = fitChinchilla(models, { huber });
  const intervals = residualBootstrap(
    {
      law,
      measured: models.map(({ loss }) => Math.log(loss)),
      expected: models.map(({ parameters, tokens }) => Math.log(chinchillaLoss(law, parameters, tokens))),
      free: 5,
      refit: (logs) =>
        fitChinchilla(
          models.map((model, i) => ({ ...model, loss: Math.exp(logs[i] ?? Number.NaN) })),
          { huber, start: law },
        ),
      numbers: ({ E, A, alpha, B, beta }) => ({ E, A, alpha, B, beta }),
    },
    options,
  );
  return { law, intervals };
}

function logsOf(points: readonly CurvePoint[], law: (x: number) => number) {
  return { measured: points.map(({ y }) => Math.log(y)), expected: points.map(({ x }) => Math.log(law(x))) };
}

function moved(points: readonly CurvePoint[], logs: readonly number[]): CurvePoint[] {
  return points.map(({ x }, i) => ({ x, y: Math.exp(logs[i] ?? Number.NaN) }));
}
