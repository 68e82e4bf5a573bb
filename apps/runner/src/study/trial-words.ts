import { flatParameters, type PlannedStudyTrial, valueWords } from "@attention-lab/results";
import type { StudyPlan } from "@attention-lab/sweep";

/** What tells a study's trials apart, as words for each: `features 64, map positive, seed 2`. */
export function trialWords({ study }: StudyPlan): (trial: PlannedStudyTrial) => string {
  const { axes, sampler, seeds } = study;
  const varied = axes.filter(({ points }) => points.length > 1).flatMap(({ names }) => names.slice(0, 1));
  const names = [...varied, ...(sampler.name === "asha" ? [sampler.over] : []), ...(seeds.length > 1 ? ["seed"] : [])];
  return ({ id, config }) => {
    const flat = flatParameters(config);
    const words = names.flatMap((name) => wordsOf(name, flat[name] ?? config.parameters[name]));
    return words.length === 0 ? `trial ${id.slice(0, 12)}` : words.join(", ");
  };
}

/** A truth value is said by its name: `orthogonal`, `not orthogonal`. */
function wordsOf(name: string, value: unknown): string[] {
  const short = name.split(".").at(-1) ?? name;
  if (value === undefined) return [];
  if (typeof value === "boolean") return [value ? short : `not ${short}`];
  return [typeof value === "object" && value !== null ? valueWords(value) : `${short} ${valueWords(value)}`];
}
