import type { Report } from "./report.ts";
import { trialsOf } from "./compare-studies.ts";
import type { Measurement } from "./study-schema.ts";
import type { StudyReport, StudyTrial } from "./study-report.ts";

export type Value = string | number | boolean | null;

/** Rows under named columns; every column holds values of one type, or null. */
export interface ExportTable {
  readonly name: "trials" | "samples" | "metrics";
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Value[])[];
}

/** The tables of either kind of folder have the same meaning: one row per trial; per sample; per trial and figure. */
export type ExportTables = readonly [trials: ExportTable, samples: ExportTable, metrics: ExportTable];

const longColumns = ["trial", "place", "metric", "value"];

/**
 * A cost experiment as tables. `samples.place` is the number of the repeat. Options that a variant has get a column each, `options.rank`.
 */
export function costTables(report: Report): ExportTables {
  const points = report.curves.flatMap(({ label, machine, points: all }) =>
    all.map((point) => ({ label, machine, point })),
  );
  const trials = points.map(({ label, machine, point }): Record<string, Value> => {
    const { config, trial, status, message, seconds, low, high, gpuSeconds, peakBytes, residentBytes, predicted } =
      point;
    const { options, ...settings } = config;
    return {
      trial,
      curve: label,
      ...(machine !== undefined && { machine: machine + 1 }),
      ...flat(settings),
      ...flat(options, "options."),
      status,
      message,
      seconds,
      low,
      high,
      ...(gpuSeconds !== undefined && { gpuSeconds }),
      peakBytes,
      residentBytes,
      ...flat({ ...predicted }, "predicted."),
    };
  });
  const samples = points.flatMap(({ point: { trial, samples: all, loads } }) => [
    ...all.map((value, place): Value[] => [trial, place, "seconds", value]),
    ...loads.map((value, place): Value[] => [trial, place, "load", value]),
  ]);
  const metrics = points.flatMap(({ point }) =>
    (["seconds", "peakBytes", "residentBytes"] as const).map((name): Value[] => [point.trial, name, point[name]]),
  );
  return tables(trials, samples, metrics);
}

/** What a study's report leaves out of a trial. */
export interface StudyDetails {
  readonly measured: (trial: StudyTrial) => readonly Measurement[];
  /** Every parameter by name, those that all trials have in common too. */
  readonly config: (trial: StudyTrial) => Readonly<Record<string, unknown>>;
}

/** A study as tables. `samples.place` is where a measurement was reported at, such as a step. */
export function studyTables(report: StudyReport, { measured, config }: StudyDetails): ExportTables {
  const all = trialsOf(report);
  const trials = all.map((trial) => ({
    trial: trial.id,
    ...flat(trial.parameters),
    ...flat(config(trial)),
    status: trial.status,
    message: trial.message,
    attempt: trial.attempt,
    seconds: trial.seconds,
    residentBytes: trial.residentBytes,
    ...flat(trial.metrics, "metrics."),
  }));
  const samples = all.flatMap((trial) =>
    measured(trial).flatMap(({ x, values }) =>
      Object.entries(values).map(([name, value]): Value[] => [trial.id, x ?? null, name, value]),
    ),
  );
  const metrics = all.flatMap(({ id, metrics: last }) =>
    Object.entries(last).map(([name, value]): Value[] => [id, name, value]),
  );
  return tables(trials, samples, metrics);
}

function tables(trials: readonly Record<string, Value>[], samples: Value[][], metrics: Value[][]): ExportTables {
  const columns = [...new Set(trials.flatMap((row) => Object.keys(row)))];
  const rows = trials.map((row) => columns.map((name) => row[name] ?? null));
  return [
    { name: "trials", ...oneTypeEach(columns, rows) },
    { name: "samples", columns: longColumns, rows: samples },
    { name: "metrics", columns: longColumns.filter((name) => name !== "place"), rows: metrics },
  ];
}

/** What is no number, text or truth value stands as JSON. */
function flat(values: Readonly<Record<string, unknown>>, before = ""): Record<string, Value> {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    entries.map(([name, value]) => [
      `${before}${name}`,
      value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean"
        ? value
        : JSON.stringify(value),
    ]),
  );
}

/** A column in which kinds of values meet (a width of 64 or "all") becomes one of text. */
function oneTypeEach(columns: string[], rows: Value[][]): Pick<ExportTable, "columns" | "rows"> {
  const mixed = columns.map((_, i) => new Set(rows.flatMap((row) => (row[i] == null ? [] : typeof row[i]))).size > 1);
  return {
    columns,
    rows: rows.map((row) => row.map((value, i) => (mixed[i] && value !== null ? String(value) : value))),
  };
}
