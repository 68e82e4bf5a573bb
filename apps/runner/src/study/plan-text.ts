import { flatParameters, type PlannedStudyTrial, valueWords, variedNames } from "@attention-lab/results";
import type { StudyPlan } from "@attention-lab/sweep";
import { bytes, columns, duration } from "../output.ts";
import type { Predictions } from "./predictions.ts";

/** More trials than this are shown by their first and last. */
const [shownWhole, head, tail] = [200, 20, 10];
const shownSkips = 20;

type Known = Predictions | { readonly unknown: string };

/** The trials of a study by what varies, what each is predicted to take, and what is skipped and why. */
export function studyPlanText(plan: StudyPlan, predicted: Known, places: number): string {
  const { study, trials, skipped } = plan;
  const lines = [`${study.name}: ${study.question}`, "", trialTable(plan, predicted)];
  if (skipped.length > 0) lines.push("", "skipped:", columns(skippedRows(skipped)));
  const { sampler, seeds } = study;
  const how = sampler.name === "grid" ? "" : `, sampler ${valueWords(sampler)}`;
  lines.push(
    "",
    `${trials.length} trials, ${skipped.length} skipped, ${seeds.length} ${seeds.length === 1 ? "seed" : "seeds"} each${how}`,
  );
  lines.push(...predictionLines(plan, predicted, places));
  return lines.join("\n");
}

function trialTable({ study, trials }: StudyPlan, predicted: Known): string {
  const whole = trials.length <= shownWhole;
  const shown = whole ? trials : [...trials.slice(0, head), ...trials.slice(-tail)];
  const flat = shown.map(({ config }) => flatParameters(config));
  // Of very many trials the parameter space says what varies, sooner than they do.
  const axes = study.axes.filter(({ points }) => points.length > 1).flatMap(({ names }) => names.slice(0, 1));
  const varied = whole ? variedNames(flat).filter((name) => name !== "seed") : axes;
  const row = ({ id, config }: PlannedStudyTrial, i: number): string[] => [
    ...varied.map((name) => valueWords(flat[i]?.[name] ?? config.parameters[name])),
    String(config.seed),
    ...predictedCells(id, predicted),
    id.slice(0, 12),
  ];
  const header = [...varied, "seed", "time", "memory", "id"];
  const lines = columns([header, ...shown.map(row)], [varied.length + 1, varied.length + 2]).split("\n");
  if (!whole)
    lines.splice(head + 1, 0, `... ${(trials.length - shown.length).toLocaleString("en")} more (--json has all) ...`);
  return lines.join("\n");
}

/** An exclamation mark stands beside what is beyond a limit. */
function predictedCells(id: string, predicted: Known): [time: string, memory: string] {
  const one = "unknown" in predicted ? undefined : predicted.trials.get(id);
  if (one === undefined || "unknown" in predicted) return ["unknown", "unknown"];
  const mark = (of: "seconds" | "bytes"): string => (predicted.beyond[of].has(id) ? "!" : "");
  return [`${mark("seconds")}${duration(one.seconds)}`, `${mark("bytes")}${bytes(one.residentBytes)}`];
}

/** Combinations that are refused with the same sentence stand together. */
function skippedRows(skipped: StudyPlan["skipped"]): string[][] {
  const bySentence = new Map<string, StudyPlan["skipped"][number][]>();
  for (const each of skipped) {
    const same = bySentence.get(each.because);
    if (same === undefined) bySentence.set(each.because, [each]);
    else same.push(each);
  }
  const whole = skipped.length <= shownSkips;
  return [...bySentence.values()].flatMap((same) => {
    const shown = whole ? same : same.slice(0, 1);
    const more = same.length - shown.length;
    return shown.map(({ config, because }) => [
      `  ${valueWords(config)}${more === 0 ? "" : ` and ${more.toLocaleString("en")} more`}`,
      because,
    ]);
  });
}

function predictionLines({ study, trials }: StudyPlan, predicted: Known, places: number): string[] {
  if ("unknown" in predicted) return [`predicted time and memory: unknown, ${predicted.unknown}`];
  const { promoted, beyond, seconds, fits } = predicted;
  const at = places === 1 ? "one trial at a time" : `${places} trials at a time`;
  const more = promoted.trials === 0 ? "" : `, up to ${promoted.trials} promoted trials included`;
  const lines =
    seconds === undefined
      ? [`predicted time: unknown, the program declares no cost for some trials`]
      : [`predicted time: about ${duration(seconds)} with ${at}${more}`];
  const { seconds: most, bytes: room } = study.limits;
  if (beyond.seconds.size > 0) {
    lines.push(
      `! ${beyond.seconds.size} of ${trials.length} trials are predicted to take longer than the limit of ${most} s`,
    );
  }
  if (beyond.bytes.size > 0) {
    lines.push(
      `! ${beyond.bytes.size} of ${trials.length} trials are predicted to need more memory than the limit of ${bytes(room ?? 0)}`,
    );
  }
  if (!fits) lines.push(`! with ${at} the largest are predicted not to fit into this machine's memory`);
  return lines;
}
