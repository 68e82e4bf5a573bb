import type { StudyPlan } from "../../src/study-plan.ts";
import { toyPlan } from "./toy-study.ts";

/** Small trials that take long enough to be hit: 8 steps with a checkpoint at every second. */
export function chaosPlan(trials: number): StudyPlan {
  const seeds = Array.from({ length: trials }, (_, i) => i);
  return toyPlan({ steps: 8, milliseconds: 60 }, { seeds, limits: { attempts: 1000 } });
}
