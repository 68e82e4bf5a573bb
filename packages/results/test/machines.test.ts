import {
  type LogRecord,
  type Machine,
  buildReport,
  compareReports,
  headline,
  terminalTable,
} from "@attention-lab/results";
import { expect, test } from "vitest";
import { machineClasses } from "../src/machine-classes.ts";
import { costTables } from "../src/export-tables.ts";
import { syntheticFolder } from "./synthetic.ts";

const plain = syntheticFolder({ variants: ["full", "performer"], phases: ["forward"] });
const own: Machine = plain.experiment.machine;
const other: Machine = { ...own, cpu: "another", cores: 64 };

/** The same sweep gone on with on another machine, ten times as fast, from the third repeat on. */
function mixedFolder() {
  const records = plain.records().map((record): LogRecord => {
    if (record.kind !== "sample" || record.repeat < 3) return record;
    return { ...record, seconds: record.seconds / 10, machine: other };
  });
  return { ...plain, records: () => records };
}
const report = buildReport(mixedFolder());

test("a curve never joins two classes of machines, and each has its own crossover", () => {
  expect(report.machines).toEqual([own, other]);
  expect(report.curves.map(({ label, machine }) => [label, machine])).toEqual([
    ["full on machine 1", 0],
    ["performer on machine 1", 0],
    ["full on machine 2", 1],
    ["performer on machine 2", 1],
  ]);
  const [slow, , fast] = report.curves;
  slow?.points.forEach((point, i) => {
    expect(point.samples).toHaveLength(3);
    expect(fast?.points[i]?.samples).toHaveLength(4);
    expect((point.seconds ?? 0) / (fast?.points[i]?.seconds ?? 0)).toBeCloseTo(10, 0);
  });
  for (const crossover of [report.curves[1]?.crossover, report.curves[3]?.crossover])
    expect(Math.abs((crossover?.length ?? 0) / 1444 - 1)).toBeLessThan(0.1);
  // Joined, they would seem finished; the trials are, and the progress counts trials.
  expect(report.progress).toMatchObject({ planned: 12, finished: 12 });
  expect(headline(report, "forward")).toContain("performer on machine 1");
  expect(terminalTable(report)).toMatch(/machine 1: Intel.*\n.*machine 2: another, 64 cores/);
});

test("one class of machine is told as before", () => {
  const one = buildReport(plain);
  expect(one.machines).toBeUndefined();
  expect(one.curves.map(({ label }) => label)).toEqual(["full", "performer"]);
});

test("a trial is compared on its own class, and stands in the tables once for each", () => {
  const comparison = compareReports(report, report);
  expect(comparison).toMatchObject({ onlyA: 0, onlyB: 0, regressed: false });
  expect(comparison.curves.every(({ verdict }) => verdict !== "worse")).toBe(true);
  expect(compareReports(report, buildReport(plain))).toMatchObject({ onlyA: 12, onlyB: 0 });
  const [trials] = costTables(report);
  expect(trials.rows).toHaveLength(24);
  const column = trials.columns.indexOf("machine");
  expect(new Set(trials.rows.map((row) => row[column]))).toEqual(new Set([1, 2]));
});

test("a trial that was only begun belongs to where it was begun, one begun anew to all where it was measured", () => {
  const [first, sample] = plain.records();
  if (first?.kind !== "trial" || sample?.kind !== "sample") throw new Error("no trial");
  const failure: LogRecord = { kind: "failure", trial: first.trial, status: "error", message: "?", at: first.at };
  const begun = { ...first, trial: "begun", machine: other };
  const classes = machineClasses([first, failure, first, { ...sample, machine: other }, begun], own);
  expect(classes).toEqual([
    { machine: own, records: [first, failure, first], trials: expect.any(Set) },
    { machine: other, records: [first, { ...sample, machine: other }, begun], trials: expect.any(Set) },
  ]);
});
