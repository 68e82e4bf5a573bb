import { canonicalJson, trialStanding, type PlannedStudyTrial, type StudyFolder } from "@attention-lab/results/store";
import { nested, partOf } from "./parameter-points.ts";
import { promotions, type Outcome } from "./sampler.ts";
import { studyTrials, type StudyPlan } from "./study-plan.ts";

/** Trials that successive halving adds to a study, given what is finished in its folder; none for other samplers. */
export function promote(
  { study, program }: StudyPlan,
  folder: StudyFolder,
  trials: readonly PlannedStudyTrial[],
): PlannedStudyTrial[] {
  const { sampler } = study;
  if (sampler.name !== "asha") return [];
  const placed = trials.map((trial) => ({ trial, ...placeOf(trial, sampler.over) }));
  const held = new Set(placed.map(({ lineage, rung }) => `${rung} ${lineage}`));
  const outcomes = placed.flatMap((each): Outcome<PlannedStudyTrial>[] => {
    const standing = trialStanding(folder.trialFolder(each.trial.id));
    if (standing.status === "failed") return [{ ...each, metric: undefined }];
    if (standing.status !== "ok") return [];
    const { metrics } = standing.result;
    if (!Object.hasOwn(metrics, sampler.metric)) {
      const names = Object.keys(metrics).join(", ");
      throw new RangeError(
        `study ${study.name}: the sampler's metric ${sampler.metric} must be one that the program gives, got ${names}`,
      );
    }
    return [{ ...each, metric: metrics[sampler.metric] ?? undefined }];
  });
  return promotions(sampler, outcomes, (lineage, rung) => held.has(`${rung} ${lineage}`)).flatMap(({ trial, rung }) => {
    const { parameters, seed } = trial.config;
    const made = studyTrials(program, nested({ ...parameters, [sampler.over]: rung }), [seed]);
    return "because" in made ? [] : made.trials;
  });
}

/** Where a trial stands: its value of the advanced parameter (which may be a part, `task.length`), and all else that tells it from others. */
function placeOf({ config: { parameters, seed } }: PlannedStudyTrial, over: string): { rung: number; lineage: string } {
  const lineage = canonicalJson({ ...nested({ ...parameters, [over]: null }), seed });
  return { rung: Number(partOf(parameters, over)), lineage };
}
