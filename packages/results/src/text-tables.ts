import { type Cell, columns, tableRows } from "./table.ts";
import { type Phase, type Report, type ReportCurve, curvesOf, phasesOf } from "./report.ts";
import { circumstances, headline, phaseTitle, statusWord } from "./words.ts";
import { formatLength } from "./format.ts";

export interface TerminalOptions {
  /** Escape sequences for emphasis; off for logs and when NO_COLOR is set. */
  readonly color?: boolean;
  /** Columns of the terminal; the table leaves out its last columns rather than wrap. */
  readonly width?: number;
}

/** The report for a terminal: for each phase its answer, the table with a sparkline per variant, and what failed. */
export function terminalTable(report: Report, { color = false, width = 100 }: TerminalOptions = {}): string {
  const bold = (text: string) => (color ? `\u001B[1m${text}\u001B[22m` : text);
  const faint = (text: string) => (color ? `\u001B[2m${text}\u001B[22m` : text);
  const parts = phasesOf(report).map((phase) => {
    const [head, ...rows] = align(terminalRows(report, phase), width);
    return [
      bold(`${phaseTitle(phase)}: ${headline(report, phase)}`),
      "",
      faint(head ?? ""),
      ...rows,
      ...failures(report, phase),
    ].join("\n");
  });
  return [...parts, [...progressLines(report), ...circumstances(report)].map(faint).join("\n")].join("\n\n");
}

/** The same table, same order, same rounding, for a README or a pull request. */
export function markdownTable(report: Report): string {
  const parts = phasesOf(report).map((phase) => {
    const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
    const rows = tableRows(report, phase).map(({ cells }) => line(cells.map(({ text }) => text)));
    const rule = columns.map(({ align: side }) => (side === "right" ? "---:" : "---"));
    const lost = failures(report, phase).map((text) => `- ${text}`);
    const table = [line(columns.map(({ title }) => title)), line(rule), ...rows];
    return [`### ${phaseTitle(phase)}`, `${headline(report, phase)}.`, table.join("\n"), lost.join("\n")]
      .filter((part) => part !== "")
      .join("\n\n");
  });
  const notes = [...progressLines(report), ...circumstances(report)].map((text) => `${text}.`).join("\n");
  return `${[...parts, notes].join("\n\n")}\n`;
}

function terminalRows(report: Report, phase: Phase): Cell[][] {
  const head = [...columns.map(({ title }) => ({ text: title })), { text: "time over length" }];
  const all = curvesOf(report, phase);
  const bars = sparklines(all);
  const rows = tableRows(report, phase).map(({ curve, cells }) => [...cells, { text: bars(curve) }]);
  return [head, ...rows];
}

const BARS = "▁▂▃▄▅▆▇█";

/** One bar per length, by the logarithm of its time, on the scale of all curves of the phase; "x" for a failure. */
export function sparklines(all: readonly ReportCurve[]): (curve: ReportCurve) => string {
  const times = all.flatMap(({ points }) => points.flatMap(({ seconds }) => (seconds ? [Math.log(seconds)] : [])));
  const low = times.reduce((least, time) => Math.min(least, time), Number.POSITIVE_INFINITY);
  const high = times.reduce((most, time) => Math.max(most, time), Number.NEGATIVE_INFINITY);
  return ({ points }) =>
    points
      .map(({ seconds, status }) => {
        if (!seconds) return status === "running" || status === "pending" ? " " : "x";
        const share = high > low ? (Math.log(seconds) - low) / (high - low) : 0.5;
        return BARS[Math.min(BARS.length - 1, Math.floor(share * BARS.length))];
      })
      .join("");
}

/** Rows of equal width, within the terminal's. The sparkline is the last column and the first to go. */
function align(rows: readonly Cell[][], width: number): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.text.length ?? 0)));
  let shown = widths.length;
  const total = () => widths.slice(0, shown).reduce((sum, value) => sum + value + 2, -2);
  while (shown > 2 && total() > width) shown--;
  return rows.map((row) =>
    row
      .slice(0, shown)
      .map(({ text }, i) =>
        columns[i]?.align === "right" ? text.padStart(widths[i] ?? 0) : text.padEnd(widths[i] ?? 0),
      )
      .join("  ")
      .trimEnd(),
  );
}

function failures(report: Report, phase: Phase): string[] {
  return curvesOf(report, phase).flatMap(({ label, points }) =>
    points
      .filter(({ message }) => message !== null)
      .map(({ length, status, message }) => `${label} at ${formatLength(length)}: ${statusWord(status)} (${message})`),
  );
}

function progressLines({ progress: { planned, finished, failed }, skipped }: Report): string[] {
  const trials = `${finished} of ${planned} trials finished${failed > 0 ? `, ${failed} of them failed` : ""}`;
  return [
    skipped.length > 0
      ? `${trials}; ${skipped.length} ${skipped.length === 1 ? "combination" : "combinations"} skipped by the plan`
      : trials,
  ];
}
