import { failureLines, studyCircumstances, studyTable } from "./study-words.ts";
import type { StudyReport } from "./study-report.ts";

/** The study for a terminal: its question, the table over all points, what failed, how far it is. */
export function studyTerminalTable(report: StudyReport, { color = false }: { readonly color?: boolean } = {}): string {
  const bold = (text: string) => (color ? `\u001B[1m${text}\u001B[22m` : text);
  const faint = (text: string) => (color ? `\u001B[2m${text}\u001B[22m` : text);
  const { head, rows } = studyTable(report);
  const [first = "", ...others] = padded([head, ...rows]);
  const failures = failureLines(report);
  const { study } = report;
  return [
    bold(`${study.name}: ${study.question}`),
    [faint(first), ...others].join("\n"),
    ...(failures.length > 0 ? [failures.join("\n")] : []),
    studyCircumstances(report).map(faint).join("\n"),
  ].join("\n\n");
}

/** The same table for a README or a pull request. */
export function studyMarkdown(report: StudyReport): string {
  const { head, rows } = studyTable(report);
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  const table = [line(head), line(head.map((_, i) => (i < report.varied.length ? "---" : "---:"))), ...rows.map(line)];
  const failures = failureLines(report);
  const { study } = report;
  return `${[
    `### ${study.name}`,
    study.question,
    table.join("\n"),
    ...(failures.length > 0 ? [`\`\`\`\n${failures.join("\n")}\n\`\`\``] : []),
    studyCircumstances(report)
      .map((text) => `${text}.`)
      .join("\n"),
  ].join("\n\n")}\n`;
}

function padded(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
