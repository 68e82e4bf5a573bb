import { z } from "zod";

const seed = z.int().nonnegative().default(0);
const positive = z.int().positive();

/** How points are chosen from a parameter space. */
export const samplerSchema = z.discriminatedUnion("name", [
  z.strictObject({ name: z.literal("grid") }),
  z.strictObject({ name: z.literal("random"), trials: positive, seed }),
  z.strictObject({
    name: z.literal("asha"),
    metric: z.string(),
    goal: z.enum(["min", "max"]),
    over: z.string(),
    rungs: z.array(z.number().positive()).min(2),
    trials: positive,
    seed,
  }),
]);
export type Sampler = z.output<typeof samplerSchema>;
export type Asha = Extract<Sampler, { name: "asha" }>;

/** Every point. */
export function grid(): Sampler {
  return { name: "grid" };
}

/** So many points at random. */
export function random(trials: number, seed = 0): Sampler {
  return { name: "random", trials, seed };
}

/**
 * Asynchronous successive halving (Li et al. 2020, "A system for massively parallel hyperparameter tuning", algorithm 2): random points begin at the
 * first rung, a value of the parameter `over` such as 100 steps. Whenever a point is among the best r_k / r_(k+1) of those finished on its rung, it is
 * promoted to the next one, without waiting for the others. A promoted trial is a trial of its own, from its beginning: a learning-rate schedule over
 * 300 steps is not that of 100 steps continued.
 */
export function asha(options: Omit<Asha, "name" | "seed"> & { readonly seed?: number }): Sampler {
  return { name: "asha", seed: 0, ...options };
}

/** A finished trial, as promotion sees it. */
export interface Outcome<T> {
  readonly trial: T;
  /** The value of `over`. */
  readonly rung: number;
  /** Same point and seed, whatever the rung. */
  readonly lineage: string;
  /** Undefined or not finite: failed, never promoted. */
  readonly metric: number | undefined;
}

/** Trials to be begun again on the next rung, best first. `known` tells which lineages are on a rung already, finished or not. */
export function promotions<T>(
  { rungs, goal }: Asha,
  outcomes: readonly Outcome<T>[],
  known: (lineage: string, rung: number) => boolean,
): { readonly trial: T; readonly rung: number }[] {
  const sign = goal === "min" ? 1 : -1;
  const steps = rungs.toSorted((a, b) => a - b);
  return steps.slice(0, -1).flatMap((rung, i) => {
    const next = steps[i + 1] ?? rung;
    const finished = outcomes.filter((outcome) => outcome.rung === rung);
    const better = finished
      .flatMap(({ metric, ...rest }) => (metric !== undefined && Number.isFinite(metric) ? [{ ...rest, metric }] : []))
      .toSorted((a, b) => sign * (a.metric - b.metric) || (a.lineage < b.lineage ? -1 : 1));
    return better
      .slice(0, Math.floor((finished.length * rung) / next))
      .filter(({ lineage }) => !known(lineage, next))
      .map(({ trial }) => ({ trial, rung: next }));
  });
}
