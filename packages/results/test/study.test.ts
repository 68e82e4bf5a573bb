import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import {
  buildStudyReport,
  drawStudyFigures,
  png,
  StudyFolder,
  studyMarkdown,
  studyTerminalTable,
  trialId,
  type PlannedStudyTrial,
  type StudyStart,
} from "../src/index.ts";

const program = { name: "test", version: 1 };
const start: StudyStart = {
  name: "a study",
  question: "What <b>falls</b>?",
  program,
  sampler: { name: "grid" },
  limits: { attempts: 5 },
  figures: [
    { metric: "error", over: "part.size", xScale: "log", yScale: "log" },
    { metric: "score", over: "x", by: ["kind"], xScale: "linear", yScale: "linear", where: { kind: "new" } },
  ],
  skipped: [],
  commit: null,
};

const trials = ["old", "new"].flatMap((kind) =>
  [8, 16, 32].flatMap((size) =>
    [1, 2, 3].map((seed): PlannedStudyTrial => {
      const config = { program, parameters: { kind, part: { size, of: "it" } }, versions: {}, seed };
      return { id: trialId(config), config };
    }),
  ),
);

let dir = "";
beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), "study-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  dir = join(folder, "results");
});

/** Finishes a trial as its process would have. The error of `old` falls like 1/size, that of `new` like its square. */
function finish(folder: StudyFolder, trial: PlannedStudyTrial): void {
  const { kind, part } = trial.config.parameters as { kind: string; part: { size: number } };
  const path = folder.prepare(trial);
  const error = (1 + 0.01 * trial.config.seed) * part.size ** (kind === "old" ? -1 : -2);
  mkdirSync(join(path, "attempts/1"));
  const lines = [128, 256].map((x) => `${JSON.stringify({ x, values: { score: x / part.size } })}\n`);
  writeFileSync(join(path, "attempts/1/measurements.jsonl"), `${lines.join("")}{"x":512,"val`);
  const result = { status: "ok", attempt: 1, metrics: { error }, measurements: 2, seconds: 1, residentBytes: 1 };
  writeFileSync(join(path, "result.json"), JSON.stringify({ ...result, at: new Date().toISOString() }));
}

function fail(folder: StudyFolder, trial: PlannedStudyTrial): void {
  const attempt = join(folder.prepare(trial), "attempts/1");
  mkdirSync(attempt);
  const failure = { status: "out-of-memory", attempt: 1, message: "took 3 GiB", lastLines: ["<i>step 7</i>"] };
  const more = { seconds: 2, residentBytes: 3, at: new Date().toISOString() };
  writeFileSync(join(attempt, "failure.json"), JSON.stringify({ ...failure, ...more }));
}

test("a report has medians over seeds, the varied parameters, curves and failures", () => {
  const folder = StudyFolder.begin(dir, start, trials);
  trials.slice(0, -1).forEach((trial) => finish(folder, trial));
  const last = trials.at(-1);
  if (last !== undefined) fail(folder, last);
  const report = buildStudyReport(StudyFolder.open(dir));
  expect(report.progress).toEqual({ planned: 18, done: 17, failed: 1, begun: 0, waiting: 0 });
  expect(report.varied).toEqual(["kind", "part.size"]);
  expect(report.points[0]).toMatchObject({ label: "old, size 8", metrics: { error: { value: 1.02 / 8 } } });
  const [errors, scores] = report.figures;
  expect(errors?.curves.map(({ label }) => label)).toEqual(["old", "new"]);
  expect(errors?.curves[1]?.points.map(({ count }) => count)).toEqual([3, 3, 2]);
  expect(scores?.curves).toHaveLength(1);
  // The torn line at 512 is no measurement.
  expect(scores?.curves[0]?.points.map(({ x }) => x)).toEqual([128, 256]);
  const text = studyTerminalTable(report);
  expect(text).toMatch(/old +8 +0\.128 \(0\.127 to 0\.128\) +3 +1\.00 s/);
  expect(text).toMatch(/new +32 .* 2 of 3/);
  expect(text).toContain("out-of-memory (took 3 GiB): new, size 32, seed 3\n    <i>step 7</i>");
  expect(studyMarkdown(report)).toContain("| new | 32 |");
});

test("pictures carry slopes where both axes are logarithmic, and escape what they are given", () => {
  const folder = StudyFolder.begin(dir, start, trials);
  trials.forEach((trial) => finish(folder, trial));
  const figures = drawStudyFigures(buildStudyReport(folder));
  expect(figures.map(({ name }) => name)).toEqual(["1-error-over-part.size", "2-score-over-x"]);
  const [first] = figures;
  expect(first?.svg).toContain("old slope -1.00");
  expect(first?.svg).toContain("new slope -2.00");
  expect(first?.svg).not.toContain("<b>");
  expect(png(first?.svg ?? "").length).toBeGreaterThan(1000);
});

test("a folder without finished trials is reported too", () => {
  const report = buildStudyReport(StudyFolder.begin(dir, start, trials));
  expect(report.progress).toMatchObject({ done: 0, waiting: 18 });
  expect(drawStudyFigures(report)).toEqual([]);
  expect(studyTerminalTable(report)).toContain("0 of 18 trials done, 18 to come");
});

test("a folder is begun once, and refuses other plans, other studies and foreign files", () => {
  StudyFolder.begin(dir, start, trials);
  expect(StudyFolder.begin(dir, start, trials).trials()).toEqual(trials);
  expect(() => StudyFolder.begin(dir, start, trials.slice(1))).toThrow('holds "a study" with other trials');
  expect(() => StudyFolder.begin(dir, { ...start, name: "b" }, trials.slice(1))).toThrow("holds another study");
  expect(readdirSync(dir).toSorted()).toEqual(["plan.jsonl", "study.json", "trials"]);
  const other = join(dir, "trials");
  writeFileSync(join(other, "notes.txt"), "mine");
  expect(() => StudyFolder.begin(other, start, trials)).toThrow("is not empty and has no study.json");
  expect(() => StudyFolder.open(join(dir, "nowhere"))).toThrow("there is no");
  writeFileSync(join(dir, "study.json"), "{");
  expect(() => StudyFolder.open(dir)).toThrow(/study\.json is not JSON, got "\{"/);
});

test("a folder whose start was killed is begun anew; a deleted trial folder waits again", () => {
  mkdirSync(join(dir, "trials"), { recursive: true });
  writeFileSync(join(dir, "plan.jsonl.77.draft"), "half");
  const folder = StudyFolder.begin(dir, start, trials);
  const [first] = trials;
  if (first === undefined) throw new Error("no trials");
  finish(folder, first);
  expect(buildStudyReport(folder).progress.done).toBe(1);
  rmSync(folder.trialFolder(first.id), { recursive: true });
  expect(buildStudyReport(folder).progress).toMatchObject({ done: 0, planned: 18 });
});
