import { totalmem } from "node:os";
import {
  type Calibration,
  type ExpectedRung,
  expectedPromotions,
  predictedOf,
  type Prediction,
  type StudyPlan,
} from "@attention-lab/sweep";

/** What a study is predicted to take on this machine. */
export interface Predictions {
  /** By id; a trial is missing where its program does not say. */
  readonly trials: ReadonlyMap<string, Prediction>;
  /** Until the last trial ends, at so many places; undefined unless every trial has a prediction. */
  readonly seconds: number | undefined;
  /** Trials that promotion adds, at most, and what they take one after the other. */
  readonly promoted: { readonly trials: number; readonly seconds: number };
  /** Trials whose prediction is beyond a limit of the study. */
  readonly beyond: { readonly seconds: ReadonlySet<string>; readonly bytes: ReadonlySet<string> };
  /** Whether trials that run at the same time fit into memory. */
  readonly fits: boolean;
}

export function predictions(plan: StudyPlan, on: Calibration, places: number): Predictions {
  const trials = new Map<string, Prediction>();
  for (const [id, cost] of plan.costs) trials.set(id, predictedOf(cost, on));
  const { seconds: most = Infinity, bytes = Infinity } = plan.study.limits;
  const promoted = promotions(plan, on);
  const all = [...trials];
  const largest = all.map(([, { residentBytes }]) => residentBytes).toSorted((a, b) => b - a);
  const together = largest.slice(0, places).reduce((sum, each) => sum + each, 0);
  return {
    trials,
    seconds: trials.size < plan.trials.length ? undefined : lasting([...trials.values()], places, promoted.seconds),
    promoted,
    beyond: {
      seconds: new Set(all.filter(([, { seconds }]) => seconds > most).map(([id]) => id)),
      bytes: new Set(all.filter(([, { residentBytes }]) => residentBytes > bytes).map(([id]) => id)),
    },
    fits: together <= totalmem(),
  };
}

/** Places take the next trial whenever they are free: about even, and never shorter than the longest trial. */
function lasting(trials: readonly Prediction[], places: number, more: number): number {
  const sum = trials.reduce((total, { seconds }) => total + seconds, more);
  return Math.max(
    sum / places,
    trials.reduce((most, { seconds }) => Math.max(most, seconds), 0),
  );
}

/** Of successive halving: whichever trials go on, the mean of their costs counts. */
function promotions(plan: StudyPlan, on: Calibration): Predictions["promoted"] {
  const rungs = expectedPromotions(plan);
  const secondsOf = ({ trials, cost }: ExpectedRung): number =>
    cost === undefined ? 0 : trials * predictedOf(cost, on).seconds;
  return {
    trials: rungs.reduce((sum, { trials }) => sum + trials, 0),
    seconds: rungs.reduce((sum, rung) => sum + secondsOf(rung), 0),
  };
}
