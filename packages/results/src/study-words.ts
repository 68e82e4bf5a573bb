import { formatSeconds } from "./format.ts";
import { shortNumber } from "./metric-axes.ts";
import { valueWords } from "./parameter-words.ts";
import type { StudyPoint, StudyReport, StudyTrial } from "./study-report.ts";

/** The small type under a study's table and pictures. */
export function studyCircumstances({ study: { program, commit, at }, progress }: StudyReport): string[] {
  const version = `program ${program.name} version ${program.version}`;
  const module = program.moduleSha256 === undefined ? "" : ` (${program.moduleSha256.slice(0, 12)})`;
  return [
    `${version}${module}; ${at.slice(0, 10)}${commit === null ? "" : `, commit ${commit.slice(0, 10)}`}`,
    progressWords(progress),
  ];
}

function progressWords({ planned, done, failed, begun, waiting }: StudyReport["progress"]): string {
  const open = begun + waiting;
  const parts = [`${done} of ${planned} trials done`];
  if (failed > 0) parts.push(`${failed} failed`);
  if (open > 0) parts.push(`${open} to come${begun > 0 ? ` (${begun} begun)` : ""}`);
  return parts.join(", ");
}

/** Head and rows of the study's table: what varies, each metric over the seeds, how many finished, their time. */
export function studyTable({ varied, points }: StudyReport): { readonly head: string[]; readonly rows: string[][] } {
  const metrics = [...new Set(points.flatMap((point) => Object.keys(point.metrics)))];
  const head = [...varied, ...metrics, "seeds", "time"];
  const rows = points.map((point) => [
    ...varied.map((name) => valueWords(point.parameters[name] ?? undefined)),
    ...metrics.map((name) => intervalWords(point, name)),
    seedsWords(point),
    timeWords(point.trials),
  ]);
  return { head, rows };
}

function intervalWords({ metrics, trials }: StudyPoint, name: string): string {
  const interval = metrics[name];
  if (interval === undefined) return "-";
  const value = shortNumber(interval.value);
  return trials.length < 2 ? value : `${value} (${shortNumber(interval.low)} to ${shortNumber(interval.high)})`;
}

function seedsWords({ trials }: StudyPoint): string {
  const done = trials.filter(({ status }) => status === "ok").length;
  return done === trials.length ? String(done) : `${done} of ${trials.length}`;
}

function timeWords(trials: readonly StudyTrial[]): string {
  const seconds = trials.flatMap((trial) => (trial.status === "ok" ? (trial.seconds ?? []) : []));
  return seconds.length === 0 ? "-" : formatSeconds(seconds.reduce((sum, each) => sum + each, 0) / seconds.length);
}

const NAMED = 3;

/** What failed and how: trials that failed alike together, with the end of the first one's log. */
export function failureLines({ points }: StudyReport): string[] {
  const kinds = new Map<string, { readonly first: StudyTrial; readonly trials: string[] }>();
  for (const { label, trials } of points) {
    for (const trial of trials) {
      if (trial.message === null) continue;
      const kind = `${trial.status} (${trial.message})`;
      const held = kinds.get(kind) ?? { first: trial, trials: [] };
      held.trials.push(`${label === "" ? "" : `${label}, `}seed ${trial.seed}`);
      kinds.set(kind, held);
    }
  }
  return [...kinds].flatMap(([kind, { first, trials }]) => [
    `${kind}: ${trials.slice(0, NAMED).join("; ")}${trials.length > NAMED ? `; and ${trials.length - NAMED} more` : ""}`,
    ...first.lastLines.filter((line) => line !== "").map((line) => `    ${line}`),
  ]);
}
