import { buildReport, terminalTable, type LogRecord } from "@attention-lab/results";
import { expect, test } from "vitest";
import { farOut } from "../src/noise.ts";
import { syntheticFolder } from "./synthetic.ts";

test("the harness's own noise is told: itself against itself, the medians, far repeats, the machine's load", () => {
  const folder = syntheticFolder({ repeats: 9 });
  const records = folder.records().map((record, i): LogRecord => {
    if (record.kind !== "sample") return record;
    const seconds = record.repeat === 4 && i % 5 === 0 ? 5 * record.seconds : record.seconds;
    return { ...record, seconds, load: record.repeat / 10 };
  });
  const spoiled = records.filter(
    (record, i) => record !== folder.records()[i] && record.kind === "sample" && record.repeat === 4 && i % 5 === 0,
  ).length;
  const report = buildReport({ ...folder, records: () => records });
  // Noise of 2 %: the median of nine is known to about 2 %, and differs from that of the other half by about as much.
  expect(report.noiseFloor).toBeGreaterThan(0.005);
  expect(report.noiseFloor).toBeLessThan(0.06);
  expect(report.halfWidth).toBeGreaterThan(0.01);
  expect(report.halfWidth).toBeLessThan(0.06);
  expect(report.outliers).toBeGreaterThanOrEqual(spoiled);
  // They stay among the repeats.
  expect(report.curves.flatMap(({ points }) => points).every(({ samples }) => samples.length === 9)).toBe(true);
  const text = terminalTable(report);
  expect(text).toMatch(
    /noise floor \(A\/A\) .* %; nine in ten medians known to .* %; \d+ repeats far out, kept; machine load 0.0 to 0.8/,
  );
});

test("far out is what lies three interquartile ranges beyond the quartiles", () => {
  expect(farOut([1, 2, 3, 4, 5])).toEqual([]);
  expect(farOut([1, 2, 3, 4, 5, 12])).toEqual([]);
  expect(farOut([1, 2, 3, 4, 5, 13])).toEqual([13]);
  expect(farOut([1, 1, 1, 2])).toEqual([]);
  expect(farOut([1, 9, 1])).toEqual([]);
});

test("fewer than four repeats say nothing of the floor, fewer than six nothing of the medians", () => {
  expect(buildReport(syntheticFolder({ repeats: 3 }))).toMatchObject({
    noiseFloor: null,
    halfWidth: null,
    outliers: 0,
  });
  expect(buildReport(syntheticFolder({ repeats: 5 }))).toMatchObject({
    noiseFloor: expect.any(Number),
    halfWidth: null,
  });
});

test("without fits, everything that was measured is there and nothing else", () => {
  const folder = syntheticFolder({ variants: ["full", "performer"] });
  const [whole, bare] = [buildReport(folder), buildReport(folder, { fits: false })];
  expect(bare.curves.map(({ points }) => points)).toEqual(whole.curves.map(({ points }) => points));
  for (const { exponents, crossover, laws } of bare.curves)
    expect([exponents, crossover, laws]).toEqual([{ time: null, memory: null }, null, { time: null, memory: null }]);
});
