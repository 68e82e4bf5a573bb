import { label, operations } from "./contestant.ts";
import type { Row } from "./side-by-side.ts";

/** One line per case: milliseconds and GFLOP/s of each contestant, and how many times faster the first is than each other. */
export function table(rows: readonly Row[], names: readonly string[]): string {
  const [first = ""] = names;
  const header = [
    "",
    ...names.flatMap((name) => [`${name} ms`, "GFLOP/s"]),
    ...names.slice(1).map((name) => `vs ${name}`),
  ];
  const body = rows.map(({ of, seconds }) => [
    label(of),
    ...names.flatMap((name) => [milliseconds(seconds[name]), rate(operations(of), seconds[name])]),
    ...names.slice(1).map((name) => `${((seconds[name] ?? Number.NaN) / (seconds[first] ?? Number.NaN)).toFixed(2)}x`),
  ]);
  const widths = header.map((_, column) => Math.max(...[header, ...body].map((row) => row[column]?.length ?? 0)));
  return [header, ...body]
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join("  "),
    )
    .join("\n");
}

const milliseconds = (seconds: number | undefined) => ((seconds ?? Number.NaN) * 1000).toPrecision(3);
const rate = (count: number, seconds: number | undefined) => (count / (seconds ?? Number.NaN) / 1e9).toFixed(0);
