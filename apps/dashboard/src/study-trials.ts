import {
  type StudyReport,
  type StudyTrial,
  formatBytes,
  formatSeconds,
  shortNumber,
  valueWords,
} from "@attention-lab/results/browser";
import {
  type FactGroup,
  type TrialCell,
  type TrialColumn,
  type TrialDetail,
  type TrialRow,
  type Trials,
  filterFor,
} from "./trials.ts";

const statusWords: Readonly<Record<StudyTrial["status"], string>> = {
  ok: "done",
  "out-of-memory": "out of memory",
  "time-limit": "time limit",
  error: "error",
  died: "died",
  begun: "running",
  waiting: "waiting",
};

/** The trials of a study: what varies, each metric, what it took. Details that are null are asked for when a trial is opened. */
export function studyTrials({ points, varied }: StudyReport, detailOf: (trial: string) => TrialDetail | null): Trials {
  const trials = points.flatMap((point) => point.trials);
  const metrics = [...new Set(trials.flatMap((trial) => Object.keys(trial.metrics)))];
  const column = (name: string, align: TrialColumn["align"], filter: TrialColumn["filter"]): TrialColumn => ({
    name,
    align,
    filter,
  });
  const groups = new Map<string, { readonly place: number; readonly groups: readonly FactGroup[] }>();
  /** Groups of facts that many trials have alike are in the page once. */
  const placeOf = (own: readonly FactGroup[]): number => {
    const key = JSON.stringify(own);
    const known = groups.get(key) ?? { place: groups.size, groups: own };
    groups.set(key, known);
    return known.place;
  };
  const rows = trials.map((trial): TrialRow => {
    const detail = detailOf(trial.id);
    const { status } = trial;
    return {
      id: trial.id,
      cells: cellsOf(trial, varied, metrics),
      tone: status === "ok" ? "yes" : status === "begun" || status === "waiting" ? "" : "no",
      mark: null,
      shared: placeOf(detail?.groups ?? []),
      detail: detail && { ...detail, groups: [] },
    };
  });
  return {
    columns: [
      ...varied.map((name) => {
        const values = trials.map(({ parameters }) => parameters[name]);
        const texts = values.map((value) => valueWords(value ?? undefined));
        return column(name, isNumeric(values) ? "right" : "left", filterFor(texts));
      }),
      column("seed", "right", filterFor(trials.map(({ seed }) => String(seed)))),
      column("status", "left", "choice"),
      ...metrics.map((name) => column(name, "right", "contains")),
      column("time", "right", "contains"),
      column("resident", "right", "contains"),
      column("trial", "left", "contains"),
    ],
    toneColumn: varied.length + 1,
    marks: [],
    shared: [...groups.values()].map((one) => one.groups),
    rows,
  };
}

/** Whether a column holds numbers, which stand to the right. */
export function isNumeric(values: readonly unknown[]): boolean {
  return values.length > 0 && values.every((value) => typeof value === "number" || value == null);
}

function cellsOf(
  { id, parameters, seed, status, metrics, seconds, residentBytes }: StudyTrial,
  varied: readonly string[],
  names: readonly string[],
): TrialCell[] {
  const number = (value: number | null | undefined, words: (value: number) => string): TrialCell =>
    value === null || value === undefined ? ["-"] : [words(value), value];
  const parameter = (value: unknown): TrialCell =>
    typeof value === "number" ? [String(value), value] : [valueWords(value ?? undefined)];
  return [
    ...varied.map((name) => parameter(parameters[name])),
    [String(seed), seed],
    [statusWords[status]],
    ...names.map((name) => number(metrics[name], shortNumber)),
    number(seconds, formatSeconds),
    number(residentBytes, formatBytes),
    [id.slice(0, 8)],
  ];
}
