import { flatParameters, valueWords, variedNames, type PlannedStudyTrial } from "@attention-lab/results";
import type { StudyPlan } from "@attention-lab/sweep";
import { columns } from "../output.ts";

/** Every trial of a study by what varies, and what is skipped and why. */
export function studyPlanText({ study, trials, skipped }: StudyPlan): string {
  const flat = trials.map(({ config }) => flatParameters(config));
  const varied = variedNames(flat).filter((name) => name !== "seed");
  const row = ({ id, config }: PlannedStudyTrial, i: number) => [
    ...varied.map((name) => valueWords(flat[i]?.[name])),
    String(config.seed),
    id.slice(0, 12),
  ];
  const lines = [`${study.name}: ${study.question}`, "", columns([[...varied, "seed", "id"], ...trials.map(row)])];
  if (skipped.length > 0) {
    lines.push("", "skipped:", columns(skipped.map(({ config, because }) => [`  ${valueWords(config)}`, because])));
  }
  const { sampler, seeds } = study;
  const how = sampler.name === "grid" ? "" : `, sampler ${valueWords(sampler)}`;
  lines.push("", `${trials.length} trials, ${skipped.length} skipped, ${seeds.length} seeds each${how}`);
  return lines.join("\n");
}
