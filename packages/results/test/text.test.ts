import {
  crossoverWords,
  formatBytes,
  formatEstimatedLength,
  formatExponent,
  formatLength,
  formatSeconds,
  headline,
  markdownTable,
  terminalTable,
} from "@attention-lab/results";
import fc from "fast-check";
import { expect, test } from "vitest";
import { failing, syntheticReport } from "./synthetic.ts";

const report = syntheticReport({ change: failing("full", 8192, "time-limit", "took longer than 60 s") });

test("figures carry three digits and the right unit", () => {
  expect([1.2e-5, 9.996e-4, 0.9999, 1, 75.3].map(formatSeconds)).toEqual([
    "12.0 µs",
    "1.00 ms",
    "1.00 s",
    "1.00 s",
    "75.3 s",
  ]);
  expect([0, 512, 1536, 2 ** 20, 1.5 * 2 ** 30].map(formatBytes)).toEqual([
    "0 B",
    "512 B",
    "1.50 KiB",
    "1.00 MiB",
    "1.50 GiB",
  ]);
  expect([256, 8192, 1048576].map(formatLength)).toEqual(["256", "8,192", "1,048,576"]);
  expect([1446.2, 99.6].map(formatEstimatedLength)).toEqual(["1,450", "100"]);
  expect([-0.001, 1.966, -0.25].map(formatExponent)).toEqual(["0.00", "1.97", "-0.25"]);
});

test("a formatted time is within half a unit of its last digit", () => {
  const units: Record<string, number> = { s: 1, ms: 1e-3, µs: 1e-6, ns: 1e-9 };
  fc.assert(
    fc.property(fc.double({ min: 1e-9, max: 1e3, noNaN: true }), (seconds) => {
      const [figure, unit] = formatSeconds(seconds).split(" ");
      expect(Math.abs((Number(figure) * (units[unit ?? ""] ?? 0)) / seconds - 1)).toBeLessThanOrEqual(0.00501);
    }),
  );
});

test("the headline is made from the data, in the order of the crossovers", () => {
  expect(headline(report, "forward")).toMatch(
    /^linformer overtakes full at \d+ tokens \([\d-]+\), longformer at 5\d\d \([\d-]+\), performer at 1,4\d0 \([\d,-]+\); identity is cheaper throughout$/,
  );
});

test("the headline stays a sentence however many variants there are", () => {
  const performer = report.curves.find(({ variant, phase }) => variant === "performer" && phase === "forward")!;
  const curves = Array.from({ length: 9 }, (_, i) => ({ ...performer, label: `v${i}` }));
  expect(headline({ ...report, curves }, "forward")).toMatch(
    /^v0 overtakes full at [^v]*v1 [^v]*v2 [^v]*v3 at [^v]*, 5 more later$/,
  );
  const never = curves.map((curve) => ({ ...curve, crossover: null }));
  expect(headline({ ...report, curves: never }, "forward")).toBe(
    "v0, v1, v2, v3 and 5 more do not overtake full by 4,100",
  );
});

test("words for every kind of crossover", () => {
  const words = (variant: string) =>
    crossoverWords(report.curves.find((curve) => curve.variant === variant) ?? report.curves[0]!);
  expect(words("full")).toBe("");
  expect(words("identity")).toBe("up to 256");
  expect(words("performer")).toMatch(/^1,4\d0 \(1,[\d]+-1,[\d]+\)$/);
});

test("terminal and Markdown have the same rows, order and rounding", () => {
  const terminal = terminalTable(report, { width: 200 }).split("\n");
  for (const row of markdownTable(report)
    .split("\n")
    .filter((line) => /^\| \w/.test(line))) {
    const cells = row
      .split("|")
      .map((cell) => cell.trim())
      .filter(Boolean);
    expect(
      terminal.some((line) => cells.every((cell) => line.includes(cell))),
      row,
    ).toBe(true);
  }
  expect(terminal.some((line) => line.startsWith("full at 8,192: time limit (took longer than 60 s)"))).toBe(true);
  expect(terminal.find((line) => line.startsWith("full "))).toMatch(/[▁-█]{5}x$/);
});

test("a narrow terminal loses columns, not its rows' shape; colour only when asked", () => {
  for (const width of [40, 60, 80, 120]) {
    const rows = terminalTable(report, { width })
      .split("\n")
      .filter((line) => /^(variant|full|performer|identity) {2}/.test(line));
    expect(rows.length).toBeGreaterThan(5);
    for (const row of rows) expect(row.length).toBeLessThanOrEqual(width);
  }
  expect(terminalTable(report)).not.toContain("\u001B");
  expect(terminalTable(report, { color: true })).toContain("\u001B[1m");
});

test("an empty folder still has its lines", () => {
  const empty = syntheticReport({ change: () => [] });
  expect(terminalTable(empty)).toContain("0 of 60 trials finished");
  expect(markdownTable(empty)).toContain("0 of 60 trials finished");
});
