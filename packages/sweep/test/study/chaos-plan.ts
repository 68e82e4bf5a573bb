import type { StudyPlan } from "../../src/study-plan.ts";
import { toyPlan } from "./toy-study.ts";

export const chaosSteps = 8;

/** Small trials that take long enough to be hit: 8 steps with a checkpoint at every second. */
export function chaosPlan(trials: number, milliseconds = 60): StudyPlan {
  const seeds = Array.from({ length: trials }, (_, i) => i);
  return toyPlan({ steps: chaosSteps, milliseconds }, { seeds, limits: { attempts: 1000 } });
}
