import {
  type LogRecord,
  buildReport,
  compareReports,
  comparisonHeadline,
  comparisonNotes,
} from "@attention-lab/results";
import { expect, test } from "vitest";
import { failing, syntheticFolder, syntheticReport } from "./synthetic.ts";

const before = syntheticReport();

/** The same experiment on another day, where a variant's times have changed by a factor. */
function later(factor: number, variant = "performer", seed = 2) {
  return syntheticReport({
    seed,
    change: (record, config): LogRecord[] =>
      record.kind === "sample" && config.variant === variant
        ? [{ ...record, seconds: record.seconds * factor }]
        : [record],
  });
}

const verdictsOf = (factor: number) =>
  Object.fromEntries(
    compareReports(before, later(factor)).curves.map(({ label, figure, verdict }) => [`${label} ${figure}`, verdict]),
  );

test("finds a slower variant, in both phases and in no other curve", () => {
  const verdicts = verdictsOf(1.2);
  const worse = Object.keys(verdicts).filter((name) => verdicts[name] === "worse");
  expect(worse).toEqual(["performer forward time", "performer step time"]);
  const comparison = compareReports(before, later(1.2));
  expect(comparison.regressed).toBe(true);
  const ratio = comparison.curves.find(
    ({ label, figure }) => label === "performer" && figure === "forward time",
  )?.ratio;
  expect(ratio?.low).toBeLessThan(1.2);
  expect(ratio?.high).toBeGreaterThan(1.19);
  expect(Math.abs((ratio?.value ?? 0) / 1.2 - 1)).toBeLessThan(0.02);
  expect(comparisonHeadline(comparison)).toMatch(
    /^B is worse in performer forward time 1\.\d\d \(.*\), performer step time .*; 16 the same$/,
  );
});

test("a faster one is better, an equal one the same, a change below the tolerance none", () => {
  expect(verdictsOf(0.8)["performer step time"]).toBe("better");
  expect(Object.values(verdictsOf(1)).every((verdict) => verdict === "same")).toBe(true);
  expect(verdictsOf(1.03)["performer step time"]).toBe("same");
  const strict = compareReports(before, later(1.03), { tolerance: 0.001 });
  expect(strict.tolerance).toBe(Math.max(before.noiseFloor ?? 0, later(1.03).noiseFloor ?? 0));
});

test("equal folders are rarely called different", () => {
  const small = { variants: ["full", "performer"], phases: ["forward"] } as const;
  const rounds = Array.from({ length: 12 }, (_, i) =>
    compareReports(syntheticReport({ ...small, seed: i + 1 }), syntheticReport({ ...small, seed: i + 101 }), {
      tolerance: 0,
    }),
  );
  expect(rounds.filter(({ regressed }) => regressed)).toHaveLength(0);
});

test("a trial that fails only now is a regression, one that failed before is not", () => {
  const failed = syntheticReport({ change: failing("full", 8192, "out-of-memory", "asked for 17 GiB") });
  const lost = compareReports(before, failed);
  expect(lost.regressed).toBe(true);
  expect(comparisonHeadline(lost)).toContain("full forward time (1 of 6 trials fail)");
  expect(comparisonNotes(lost)[0]).toBe("full forward time at 8,192 fails in B: asked for 17 GiB");
  expect(compareReports(failed, before).regressed).toBe(false);
  expect(compareReports(failed, failed).regressed).toBe(false);
});

test("more memory is a regression too", () => {
  const fatter = syntheticReport({
    change: (record) =>
      record.kind === "memory" ? [{ ...record, peakBytes: Math.round(record.peakBytes * 1.3) }] : [record],
  });
  const worse = compareReports(before, fatter).curves.filter(({ verdict }) => verdict === "worse");
  expect(new Set(worse.map(({ figure }) => figure))).toEqual(new Set(["forward memory", "step memory"]));
  expect(worse[0]?.ratio?.value).toBeCloseTo(1.3, 3);
});

test("only equal trials are compared, unless some settings may differ", () => {
  const folder = syntheticFolder();
  const records = folder.records().map((record): LogRecord => {
    const trial = `${record.trial}-wasm`;
    return record.kind === "trial"
      ? { ...record, trial, config: { ...record.config, engine: "wasm", backend: "wasm" } }
      : { ...record, trial };
  });
  const wasm = buildReport({ ...folder, records: () => records });
  expect(() => compareReports(before, wasm)).toThrow("have no trial in common");
  const across = compareReports(before, wasm, { across: ["engine", "backend"] });
  expect(across).toMatchObject({ onlyA: 0, onlyB: 0, regressed: false });
  const fewer = compareReports(before, syntheticReport({ lengths: [256, 512] }));
  expect(fewer).toMatchObject({ onlyA: 40, onlyB: 0 });
  expect(comparisonNotes(fewer).at(-1)).toBe("not compared: 40 trials are only in A, 0 only in B");
});
