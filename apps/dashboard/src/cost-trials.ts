import {
  type Report,
  type ReportCurve,
  type ReportPoint,
  formatBytes,
  formatLength,
  formatSeconds,
  markPath,
  markStyles,
  phaseTitle,
  statusWord,
} from "@attention-lab/results/browser";
import { themed } from "./colors.ts";
import { flatFacts } from "./flat-facts.ts";
import {
  type FactGroup,
  type TrialCell,
  type TrialColumn,
  type TrialDetail,
  type TrialRow,
  type Trials,
  filterFor,
  forPicture,
} from "./trials.ts";

/** The trials of a cost experiment. */
export function costTrials(report: Report): Trials {
  const styles = [...markStyles(report)];
  const places = new Map(styles.map(([label], i) => [label, i]));
  return {
    columns: columnsOf(report),
    toneColumn: 3,
    marks: styles.map(([, { color, shape }]) => ({ color: themed(color), path: markPath(shape) })),
    shared: report.curves.map((curve) => sharedGroups(curve, report)),
    rows: report.curves.flatMap((curve, i) =>
      curve.points.map((point): TrialRow => rowOf(curve, point, { shared: i, mark: places.get(curve.label) ?? null })),
    ),
  };
}

function columnsOf({ curves }: Report): TrialColumn[] {
  const points = curves.flatMap((curve) => curve.points);
  return [
    { name: "variant", align: "left", filter: filterFor(curves.map(({ label }) => label)) },
    { name: "phase", align: "left", filter: "choice" },
    { name: "length", align: "right", filter: filterFor(points.map(({ length }) => String(length))) },
    { name: "status", align: "left", filter: "choice" },
    { name: "time", align: "right", filter: "contains" },
    { name: "quartiles", align: "right", filter: "contains" },
    { name: "peak memory", align: "right", filter: "contains" },
    { name: "resident", align: "right", filter: "contains" },
    { name: "trial", align: "left", filter: "contains" },
  ];
}

function rowOf({ label, phase }: ReportCurve, point: ReportPoint, places: Pick<TrialRow, "shared" | "mark">): TrialRow {
  const { trial, length, status, seconds, low, high, peakBytes, residentBytes } = point;
  const quartiles: TrialCell =
    low === null || high === null ? ["-"] : [`${formatSeconds(low)} - ${formatSeconds(high)}`, low];
  return {
    id: trial,
    tone: status === "ok" ? "yes" : status === "running" || status === "pending" ? "" : "no",
    ...places,
    cells: [
      [label],
      [phaseTitle(phase)],
      [formatLength(length), length],
      [statusWord(status)],
      cell(seconds, formatSeconds),
      quartiles,
      cell(peakBytes, formatBytes),
      cell(residentBytes, formatBytes),
      [trial.slice(0, 8)],
    ],
    detail: detailOf(point),
  };
}

function detailOf({ trial, message, samples, predicted, gpuSeconds }: ReportPoint): TrialDetail {
  const [least, most] = [Math.min(...samples), Math.max(...samples)];
  const note = `seconds, from ${formatSeconds(least)} to ${formatSeconds(most)}, in the order they were taken`;
  const declared = `${predicted.flops.toExponential(2)} operations, ${formatBytes(predicted.peakBytes)}, ${predicted.parameters} parameters`;
  return {
    facts: [
      ["id", trial],
      ...(message === null ? [] : [["failure", message] as const]),
      ["declared", declared],
      ...(gpuSeconds === undefined ? [] : [["the device itself", formatSeconds(gpuSeconds)] as const]),
      ["repeats", samples.map(formatSeconds).join(", ") || "none"],
    ],
    groups: [],
    series: samples.length > 1 ? [{ name: "repeats", x: null, y: samples.map(forPicture), note, as: "dots" }] : [],
    log: [],
    logNote: "",
  };
}

function cell(value: number | null, words: (value: number) => string): TrialCell {
  return value === null ? ["-"] : [words(value), value];
}

/** What the trials of a curve have in common: all settings but the length, and the machine. */
function sharedGroups({ points }: ReportCurve, { machine, experiment }: Report): FactGroup[] {
  const config = points[0]?.config;
  if (config === undefined) return [];
  const { length: _length, ...settings } = config;
  return [
    { title: "Configuration", facts: flatFacts(settings) },
    { title: "Environment", facts: flatFacts({ ...machine, commit: experiment.commit, begun: experiment.at }) },
  ];
}
