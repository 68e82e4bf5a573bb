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
import type { TrialCell, TrialColumn, TrialRow, Trials } from "./trials.ts";

const columns: readonly TrialColumn[] = [
  { name: "variant", align: "left", filter: "choice" },
  { name: "phase", align: "left", filter: "choice" },
  { name: "length", align: "right", filter: "choice" },
  { name: "status", align: "left", filter: "choice" },
  { name: "time", align: "right", filter: "contains" },
  { name: "quartiles", align: "right", filter: "contains" },
  { name: "peak memory", align: "right", filter: "contains" },
  { name: "resident", align: "right", filter: "contains" },
  { name: "trial", align: "left", filter: "contains" },
];

/** The trials of a cost experiment. */
export function costTrials(report: Report): Trials {
  const styles = [...markStyles(report)];
  const places = new Map(styles.map(([label], i) => [label, i]));
  return {
    columns,
    toneColumn: 3,
    marks: styles.map(([, { color, shape }]) => ({ color: themed(color), path: markPath(shape) })),
    shared: report.curves.map(sharedFacts),
    rows: report.curves.flatMap((curve, i) =>
      curve.points.map((point): TrialRow => rowOf(curve, point, { shared: i, mark: places.get(curve.label) ?? null })),
    ),
  };
}

function rowOf(
  { label, phase }: ReportCurve,
  { trial, length, status, seconds, low, high, peakBytes, residentBytes, message, samples, predicted }: ReportPoint,
  places: Pick<TrialRow, "shared" | "mark">,
): TrialRow {
  const quartiles: TrialCell =
    low === null || high === null ? ["-"] : [`${formatSeconds(low)} - ${formatSeconds(high)}`, low];
  const [least, most] = [Math.min(...samples), Math.max(...samples)];
  const note = `from ${formatSeconds(least)} to ${formatSeconds(most)}, in the order they were taken`;
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
    facts: [
      ["id", trial],
      ...(message === null ? [] : [["failure", message] as const]),
      [
        "declared",
        `${predicted.flops.toExponential(2)} operations, ${formatBytes(predicted.peakBytes)}, ${predicted.parameters} parameters`,
      ],
      ["repeats", samples.map(formatSeconds).join(", ") || "none"],
    ],
    series: samples.length > 1 ? [{ name: "repeats", x: null, y: samples, note, as: "dots" }] : [],
    log: [],
  };
}

function cell(value: number | null, words: (value: number) => string): TrialCell {
  return value === null ? ["-"] : [words(value), value];
}

function sharedFacts({ options, points }: ReportCurve): TrialRow["facts"] {
  const config = points[0]?.config;
  if (config === undefined) return [];
  const { backend, engine, threads, precision, batch, heads, headDim, causal, seed, version } = config;
  return [
    ["options", JSON.stringify(options)],
    ["run on", `${backend} (engine ${engine}), ${threads} threads, ${precision}`],
    ["shape", `batch ${batch}, ${heads} heads of ${headDim}, ${causal ? "causal" : "not causal"}`],
    ["seed, version", `${seed}, ${version}`],
  ];
}
