import { buildReport, terminalTable, trialState } from "@attention-lab/results";
import { expect, test } from "vitest";
import { costTables } from "../src/export-tables.ts";
import { syntheticFolder, type SyntheticOptions } from "./synthetic.ts";

const small: SyntheticOptions = { repeats: 4, variants: ["full", "performer"], phases: ["forward"] };
/** Full attention's device is busy for a half of every repeat, the other variants' for a quarter. */
const timed: SyntheticOptions = {
  ...small,
  change: (record, { variant }) =>
    record.kind === "sample" ? [{ ...record, gpuSeconds: record.seconds / (variant === "full" ? 2 : 4) }] : [record],
};

test("the device's own times stay beside the times of their repeats", () => {
  const folder = syntheticFolder(timed);
  for (const { samples, gpuSamples, config } of trialState(folder.records()).values()) {
    expect(gpuSamples).toEqual(samples.map((seconds) => seconds / (config.variant === "full" ? 2 : 4)));
  }
  const report = buildReport(folder);
  for (const { variant, points } of report.curves)
    for (const { seconds, gpuSeconds } of points)
      expect(gpuSeconds).toBeCloseTo((seconds ?? 0) / (variant === "full" ? 2 : 4), 12);
  const [trials] = costTables(report);
  expect(trials.columns).toContain("gpuSeconds");
});

test("the report says which of the two times its curves are", () => {
  expect(terminalTable(buildReport(syntheticFolder(timed)))).toContain(
    "times are until a value was read; the device itself computed for 25 % to 50 % of them, by its timestamps",
  );
  const without = buildReport(syntheticFolder(small));
  expect(terminalTable(without)).not.toContain("timestamps");
  expect(costTables(without)[0].columns).not.toContain("gpuSeconds");
});

test("a curve is the same with and without them", () => {
  const [plain, beside] = [small, timed].map((options) => buildReport(syntheticFolder(options)));
  expect(beside?.curves.map(({ laws, exponents }) => ({ laws, exponents }))).toEqual(
    plain?.curves.map(({ laws, exponents }) => ({ laws, exponents })),
  );
});
