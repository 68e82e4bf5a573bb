import { exponentInterval, crossoverWords } from "./words.ts";
import { formatBytes, formatExponent, formatRatio, formatSeconds } from "./format.ts";
import { type Phase, type Report, type ReportCurve, curvesOf } from "./report.ts";

/** A cell: its text, and the number that it sorts by (undefined sorts last). */
export interface Cell {
  readonly text: string;
  readonly sort?: number | undefined;
}

/** A column of the variants' table. Every table (terminal, Markdown, page) shows the same ones in the same order. */
export interface Column {
  readonly key: string;
  readonly title: string;
  /** What the column says, in a sentence. */
  readonly meaning: string;
  readonly align: "left" | "right";
  cell(curve: ReportCurve, report: Report): Cell;
}

const missing: Cell = { text: "-" };

export const columns: readonly Column[] = [
  {
    key: "variant",
    title: "variant",
    meaning: "Name of the variant, with the options that tell it from others of the same name.",
    align: "left",
    cell: ({ label }) => ({ text: label }),
  },
  {
    key: "time",
    title: "time n^p",
    meaning: "Fitted exponent p of time = c + a n^p, with its 95 % bootstrap interval over the repeats.",
    align: "right",
    cell: ({ exponents: { time } }) =>
      time ? { text: `${formatExponent(time.value)} (${exponentInterval(time)})`, sort: time.value } : missing,
  },
  {
    key: "operations",
    title: "declared",
    meaning: "Exponent of the operations that the variant declares.",
    align: "right",
    cell: ({ predicted: { exponent } }) =>
      exponent === null ? missing : { text: formatExponent(exponent), sort: exponent },
  },
  {
    key: "crossover",
    title: "crossover",
    meaning: "Length from which it is cheaper than the baseline for good, with its 95 % bootstrap interval.",
    align: "right",
    cell: (curve) => ({ text: crossoverWords(curve) || "baseline", sort: curve.crossover?.length }),
  },
  {
    key: "memory",
    title: "memory n^p",
    meaning: "Fitted exponent of the peak of live bytes above the inputs.",
    align: "right",
    cell: ({ exponents: { memory } }) =>
      memory ? { text: formatExponent(memory.value), sort: memory.value } : missing,
  },
  {
    key: "seconds",
    title: "longest",
    meaning: "Median time at the longest measured length.",
    align: "right",
    cell: (curve) => {
      const last = longest(curve);
      return last?.seconds ? { text: formatSeconds(last.seconds), sort: last.seconds } : missing;
    },
  },
  {
    key: "speedup",
    title: "speed-up",
    meaning: "Time of the baseline over its own, at the longest length measured for both.",
    align: "right",
    cell: (curve, report) => {
      const ratio = speedUp(curve, report);
      return ratio === undefined ? missing : { text: formatRatio(ratio), sort: ratio };
    },
  },
  {
    key: "peak",
    title: "peak memory",
    meaning: "Peak of live bytes above the inputs at the longest measured length.",
    align: "right",
    cell: (curve) => {
      const last = curve.points.findLast(({ peakBytes }) => peakBytes !== null);
      return last?.peakBytes == null ? missing : { text: formatBytes(last.peakBytes), sort: last.peakBytes };
    },
  },
  {
    key: "bytes",
    title: "of declared",
    meaning: "Measured over declared peak bytes at that length.",
    align: "right",
    cell: ({ predicted: { bytesRatio } }) =>
      bytesRatio === null ? missing : { text: formatRatio(bytesRatio), sort: bytesRatio },
  },
];

/** The cells of a phase's variants, row by row. */
export function tableRows(report: Report, phase: Phase): { curve: ReportCurve; cells: Cell[] }[] {
  return curvesOf(report, phase).map((curve) => ({
    curve,
    cells: columns.map((column) => column.cell(curve, report)),
  }));
}

function longest(curve: ReportCurve) {
  return curve.points.findLast(({ seconds }) => seconds !== null);
}

function speedUp(curve: ReportCurve, report: Report): number | undefined {
  const at = (one: ReportCurve | undefined) => one?.points.find(({ length }) => length === curve.reached)?.seconds;
  const mine = at(curve);
  const other = at(
    report.curves.find(({ variant, phase }) => variant === report.experiment.baseline && phase === curve.phase),
  );
  return mine && other ? other / mine : undefined;
}
