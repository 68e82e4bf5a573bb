import { type Case, label, operations } from "./contestant.ts";
import type { Row } from "./side-by-side.ts";
import type { VariantRow } from "./variants.ts";

/** One line per case: milliseconds and GFLOP/s of each contestant, and how many times faster the first is than each other. */
export function table(rows: readonly Row[], names: readonly string[]): string {
  const header = [
    "",
    ...names.flatMap((name) => [`${name} ms`, "GFLOP/s"]),
    ...names.slice(1).map((name) => `vs ${name}`),
  ];
  const body = rows.map(({ of, seconds }) => [
    label(of),
    ...names.flatMap((name) => [milliseconds(seconds[name]), rate(operations(of), seconds[name])]),
    ...ratios(seconds, names),
  ]);
  return aligned([header, ...body]);
}

/** One line per model: milliseconds and tokens per second of each contestant, ratios, and peak resident memory. */
export function decoderTable(rows: readonly Row[], names: readonly string[]): string {
  const header = [
    "",
    ...names.flatMap((name) => [`${name} ms`, "tokens/s"]),
    ...names.slice(1).map((name) => `vs ${name}`),
    ...names.map((name) => `${name} MiB`),
  ];
  const body = rows.map(({ of, seconds, resident }) => [
    label(of),
    ...names.flatMap((name) => [milliseconds(seconds[name]), (tokens(of) / (seconds[name] ?? Number.NaN)).toFixed(0)]),
    ...ratios(seconds, names),
    ...names.map((name) => mebibytes(resident[name])),
  ]);
  return aligned([header, ...body]);
}

const tokens = (of: Case): number =>
  of.kind === "train" ? of.batch * of.length : of.kind === "decode" ? of.length - 1 : Number.NaN;

function ratios(seconds: Row["seconds"], [first = "", ...others]: readonly string[]): string[] {
  return others.map((name) =>
    seconds[name] === undefined ? "-" : `${(seconds[name] / (seconds[first] ?? Number.NaN)).toFixed(2)}x`,
  );
}

/**
 * One line per variant: milliseconds by length, how many times faster than full at its longest length, the exponents of time and of memory
 * (declared, measured), and where a PyTorch package was timed too, our time divided by its time at the same lengths.
 */
export function variantTable(rows: readonly VariantRow[]): string {
  const lengths = [...new Set(rows.flatMap(({ seconds }) => Object.keys(seconds).map(Number)))].sort((a, b) => a - b);
  const full = rows.find(({ name }) => name === "full")?.seconds ?? {};
  const compared = Math.max(...Object.keys(full).map(Number));
  const rivals = rows.some(({ rival }) => rival !== undefined);
  const header = [
    "",
    ...lengths.map((length) => `${length} ms`),
    `vs full at ${compared}`,
    "time n^p",
    "declared bytes n^p",
    "bytes n^p",
    ...(rivals ? [...lengths.map((length) => `ours/theirs ${length}`), "theirs"] : []),
  ];
  const body = rows.map(({ name, seconds, exponent, memory, rival }) => [
    name,
    ...lengths.map((length) => (seconds[length] === undefined ? "-" : milliseconds(seconds[length]))),
    ratio(full[compared], seconds[compared], 1, "x"),
    power(exponent),
    power(memory.declared),
    power(memory.measured),
    ...(rivals
      ? [...lengths.map((length) => ratio(seconds[length], rival?.seconds[length], 2)), rival?.name ?? "-"]
      : []),
  ]);
  return aligned([header, ...body]);
}

function ratio(above: number | undefined, below: number | undefined, digits: number, unit = ""): string {
  return above === undefined || below === undefined ? "-" : `${(above / below).toFixed(digits)}${unit}`;
}

const power = (exponent: number) => (Number.isFinite(exponent) ? exponent.toFixed(2) : "-");

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join("  "),
    )
    .join("\n");
}

const milliseconds = (seconds: number | undefined) => (seconds === undefined ? "-" : (seconds * 1000).toPrecision(3));
const mebibytes = (bytes: number | undefined) => (bytes === undefined ? "-" : (bytes / 2 ** 20).toFixed(0));
const rate = (count: number, seconds: number | undefined) =>
  seconds === undefined ? "-" : (count / seconds / 1e9).toFixed(0);
