import {
  type StudyReport,
  type StudyTrial,
  formatBytes,
  formatSeconds,
  shortNumber,
  valueWords,
} from "@attention-lab/results/browser";
import type { TrialCell, TrialColumn, TrialRow, TrialSeries, Trials } from "./trials.ts";

const statusWords: Readonly<Record<StudyTrial["status"], string>> = {
  ok: "done",
  "out-of-memory": "out of memory",
  "time-limit": "time limit",
  error: "error",
  died: "died",
  begun: "running",
  waiting: "waiting",
};

/** The trials of a study: what varies, each metric, what it took. */
export function studyTrials(
  { points, varied }: StudyReport,
  curvesOf: (trial: string) => readonly TrialSeries[],
): Trials {
  const trials = points.flatMap((point) => point.trials);
  const metrics = [...new Set(trials.flatMap((trial) => Object.keys(trial.metrics)))];
  const column = (name: string, align: TrialColumn["align"], filter: TrialColumn["filter"]): TrialColumn => ({
    name,
    align,
    filter,
  });
  const fewValues = (name: string) => new Set(trials.map(({ parameters }) => valueWords(parameters[name]))).size <= 20;
  return {
    columns: [
      ...varied.map((name) => column(name, "left", fewValues(name) ? "choice" : "contains")),
      column("seed", "right", "choice"),
      column("status", "left", "choice"),
      ...metrics.map((name) => column(name, "right", "contains")),
      column("time", "right", "contains"),
      column("resident", "right", "contains"),
      column("trial", "left", "contains"),
    ],
    toneColumn: varied.length + 1,
    marks: [],
    shared: [[]],
    rows: trials.map((trial) => rowOf(trial, varied, metrics, curvesOf)),
  };
}

function rowOf(
  { id, parameters, seed, status, metrics, seconds, residentBytes, attempt, message, lastLines }: StudyTrial,
  varied: readonly string[],
  names: readonly string[],
  curvesOf: (trial: string) => readonly TrialSeries[],
): TrialRow {
  const number = (value: number | null | undefined, words: (value: number) => string): TrialCell =>
    value === null || value === undefined ? ["-"] : [words(value), value];
  const parameter = (value: unknown): TrialCell =>
    typeof value === "number" ? [String(value), value] : [valueWords(value ?? undefined)];
  return {
    id,
    cells: [
      ...varied.map((name) => parameter(parameters[name])),
      [String(seed), seed],
      [statusWords[status]],
      ...names.map((name) => number(metrics[name], shortNumber)),
      number(seconds, formatSeconds),
      number(residentBytes, formatBytes),
      [id.slice(0, 8)],
    ],
    tone: status === "ok" ? "yes" : status === "begun" || status === "waiting" ? "" : "no",
    mark: null,
    shared: 0,
    facts: [
      ["id", id],
      ["attempt", String(attempt)],
      ...(message === null ? [] : [["failure", message] as const]),
      ...Object.entries(parameters).map(([name, value]) => [name, valueWords(value ?? undefined)] as const),
    ],
    series: curvesOf(id),
    log: lastLines,
  };
}
