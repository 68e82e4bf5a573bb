import { type LogRecord, type ReportCurve, buildReport, headline } from "@attention-lab/results";
import { expect, test } from "vitest";
import { at } from "./store-fixtures.ts";
import { failing, syntheticFolder, syntheticReport } from "./synthetic.ts";

const report = syntheticReport();
const curve = (variant: string, phase = "forward", of = report): ReportCurve => {
  const found = of.curves.find((one) => one.variant === variant && one.phase === phase);
  if (!found) throw new Error(`no curve of ${variant}`);
  return found;
};

test("has the documented shape, as JSON", () => {
  const plain = JSON.parse(JSON.stringify(report)) as typeof report;
  expect(plain).toEqual(report);
  expect(plain.machine).toMatchObject({ cores: 2, platform: "linux-x64" });
  expect(plain.curves).toHaveLength(10);
  const full = curve("full");
  expect(full.points.map(({ length }) => length)).toEqual([256, 512, 1024, 2048, 4096, 8192]);
  for (const { seconds, low, high, peakBytes, status } of full.points) {
    expect(low).toBeLessThanOrEqual(seconds ?? Number.NaN);
    expect(high).toBeGreaterThanOrEqual(seconds ?? Number.NaN);
    expect(peakBytes).toBeGreaterThan(0);
    expect(status).toBe("ok");
  }
  expect(full.exponents.time).toEqual({ value: expect.any(Number), low: expect.any(Number), high: expect.any(Number) });
});

test("recovers the laws it was made from", () => {
  expect(curve("full").exponents.time?.value).toBeCloseTo(2, 1);
  expect(curve("performer").exponents.time?.value).toBeCloseTo(1, 1);
  expect(curve("performer").exponents.memory?.value).toBeCloseTo(1, 2);
  expect(curve("full").predicted.exponent).toBeCloseTo(2, 6);
  expect(curve("full").predicted.bytesRatio).toBeCloseTo(1.02, 3);
  // 40e-6 + 2.2e-9 n^2 = 150e-6 + 3.1e-6 n
  expect(Math.abs((curve("performer").crossover?.length ?? 0) / 1444 - 1)).toBeLessThan(0.04);
  expect(report.noiseFloor).toBeLessThan(0.06);
});

test("the baseline has no crossover, and identity's nothing breaks nothing", () => {
  expect(curve("full")).toMatchObject({ crossover: null, reached: null });
  expect(curve("identity").exponents.memory).toBeNull();
  expect(curve("identity").predicted).toEqual({ exponent: null, bytesRatio: null });
  expect(Math.abs(curve("identity").exponents.time?.value ?? 1)).toBeLessThan(0.05);
  expect(curve("identity").crossover).toMatchObject({ length: 256, relation: "at-or-below" });
});

test("a failed trial is a point with its status, and ends what can be compared", () => {
  const failed = syntheticReport({ change: failing("full", 8192, "out-of-memory", "asked for 17 GiB") });
  const last = curve("full", "forward", failed).points.at(-1);
  expect(last).toMatchObject({ seconds: null, status: "out-of-memory", message: "asked for 17 GiB", peakBytes: null });
  expect(curve("performer", "forward", failed).reached).toBe(4096);
  expect(failed.progress).toMatchObject({ planned: 60, finished: 60, failed: 2, remainingSeconds: 0 });
});

test("a variant that never becomes cheaper has no crossover but says how far it was looked for", () => {
  const short = syntheticReport({ variants: ["full", "performer"], lengths: [256, 512, 1024] });
  expect(curve("performer", "forward", short)).toMatchObject({ crossover: null, reached: 1024 });
  expect(headline(short, "forward")).toBe("performer does not overtake full by 1,020");
});

test("an unfinished folder: what is there is fitted, what is missing is estimated from declared operations", () => {
  const half = syntheticReport({ change: (one, { length }) => (length > 2048 && one.kind !== "trial" ? [] : [one]) });
  expect(
    curve("full", "forward", half)
      .points.map(({ status }) => status)
      .slice(-3),
  ).toEqual(["ok", "pending", "pending"]);
  expect(half.progress).toMatchObject({ planned: 60, finished: 40 });
  // Seven repeats and a warm-up of: full 4096 and 8192, forward (37 + 148 ms) and step (3.4 times that), and the others.
  expect(half.progress.remainingSeconds).toBeGreaterThan(8 * 0.185 * 4.4);
  expect(half.progress.remainingSeconds).toBeLessThan(2 * 8 * 0.185 * 4.4);
  const nothing = syntheticReport({ change: () => [] });
  expect(nothing).toMatchObject({ curves: [], noiseFloor: null, progress: { planned: 60, finished: 0 } });
});

test("two curves of one variant are told apart by what differs", () => {
  const folder = syntheticFolder({ variants: ["full", "performer"], phases: ["forward"] });
  const more = syntheticFolder({ variants: ["performer"], phases: ["forward"], seed: 2 }).records();
  const renamed = more.map((one): LogRecord => {
    const trial = `${one.trial}x`;
    return one.kind === "trial"
      ? { ...one, trial, config: { ...one.config, options: { features: 64 } } }
      : { ...one, trial };
  });
  const both = buildReport({ ...folder, records: () => [...folder.records(), ...renamed] });
  expect(both.curves.map(({ label }) => label)).toEqual(["full", "performer features=256", "performer features=64"]);
  expect(both.curves[2]?.crossover).not.toBeNull();
});

test("is a function of folder and seed", () => {
  expect(syntheticReport()).toEqual(report);
  const other = buildReport(syntheticFolder(), { seed: 7 });
  expect(other).not.toEqual(report);
  expect(other.curves.map(({ exponents }) => exponents.time?.value)).toEqual(
    report.curves.map(({ exponents }) => exponents.time?.value),
  );
});

test("one bad repeat moves neither the median nor the crossover by much", () => {
  let spoiled = 0;
  const noisy = syntheticReport({
    change: (one) =>
      one.kind === "sample" && one.repeat === 3 && ++spoiled % 2 === 0
        ? [{ ...one, seconds: one.seconds * 5, at }]
        : [one],
  });
  const [a, b] = [
    curve("performer", "forward", noisy).crossover?.length ?? 0,
    curve("performer").crossover?.length ?? 1,
  ];
  expect(Math.abs(a / b - 1)).toBeLessThan(0.05);
});
