import { nested } from "./parameter-points.ts";
import type { StudyPlan } from "./study-plan.ts";
import type { TrialCost } from "./trial-cost.ts";

/** Trials that successive halving adds on one rung, at most, and what one of them is expected to take: the mean over some points. */
export interface ExpectedRung {
  readonly rung: number;
  readonly trials: number;
  readonly cost: TrialCost | undefined;
}

const sampled = 50;

/** The rungs after the first, of which the plan has all trials; none for other samplers. Which points go on nobody knows before. */
export function expectedPromotions(plan: StudyPlan): ExpectedRung[] {
  const { sampler } = plan.study;
  if (sampler.name !== "asha") return [];
  const rungs = sampler.rungs.toSorted((a, b) => a - b);
  let trials = plan.trials.length;
  return rungs.slice(1).map((rung, i) => {
    trials = Math.floor((trials * (rungs[i] ?? rung)) / rung);
    return { rung, trials, cost: meanCost(plan, sampler.over, rung) };
  });
}

function meanCost({ trials, program: { program } }: StudyPlan, over: string, rung: number): TrialCost | undefined {
  const stride = Math.ceil(trials.length / sampled);
  const costs = trials
    .filter((_, i) => i % stride === 0)
    .flatMap(({ config }) => {
      const resolved = program.resolve(nested({ ...config.parameters, [over]: rung }));
      return "because" in resolved ? [] : [resolved.cost];
    });
  const known = costs.filter((cost) => cost !== undefined);
  if (known.length === 0 || known.length < costs.length) return undefined;
  const mean = (key: keyof TrialCost): number => known.reduce((sum, cost) => sum + (cost[key] ?? 0), 0) / known.length;
  return { operations: mean("operations"), bytes: mean("bytes"), calls: mean("calls"), seconds: mean("seconds") };
}
