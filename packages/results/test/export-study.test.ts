import { linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import {
  exportTables,
  records,
  StudyFolder,
  trialId,
  type PlannedStudyTrial,
  type StudyStart,
} from "@attention-lab/results";

const program = { name: "test", version: 1 };
const start: StudyStart = {
  name: "a study",
  question: "?",
  program,
  sampler: { name: "grid" },
  limits: { attempts: 5 },
  figures: [],
  skipped: [],
  commit: null,
};
const trials = [8, 16].map((size): PlannedStudyTrial => {
  // `double` follows from `size`, and `same` does not vary: tables of a report leave both out.
  const config = { program, parameters: { part: { size, double: 2 * size }, same: "yes" }, versions: {}, seed: 3 };
  return { id: trialId(config), config };
});

test("every parameter of a trial is a column, and samples are those of the attempt that finished", async () => {
  const dir = mkdtempSync(join(tmpdir(), "study-"));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const folder = StudyFolder.begin(join(dir, "run"), start, trials);
  const [first, second] = trials;
  if (first === undefined || second === undefined) throw new Error("no trial");
  const path = folder.prepare(first);
  // The first attempt was taken for dead, a second began, and the first finished all the same.
  for (const [attempt, value] of [
    [1, 0.5],
    [2, 9],
  ] as const) {
    mkdirSync(join(path, `attempts/${attempt}`), { recursive: true });
    writeFileSync(join(path, `attempts/${attempt}/measurements.jsonl`), `{"x":1,"values":{"loss":${value}}}\n`);
  }
  const result = { status: "ok", attempt: 1, metrics: { loss: 0.5 }, measurements: 1, seconds: 2, residentBytes: 1 };
  const written = join(path, "attempts/1/result.json");
  writeFileSync(written, JSON.stringify({ ...result, at: new Date().toISOString() }));
  linkSync(written, join(path, "result.json"));

  const [table, samples, metrics] = await exportTables(join(dir, "run"));
  expect(records(table)).toEqual([
    expect.objectContaining({
      trial: first.id,
      "part.size": 8,
      "part.double": 16,
      same: "yes",
      seed: 3,
      status: "ok",
      "metrics.loss": 0.5,
    }),
    expect.objectContaining({
      trial: second.id,
      "part.size": 16,
      "part.double": 32,
      status: "waiting",
      "metrics.loss": null,
    }),
  ]);
  expect(samples.rows).toEqual([[first.id, 1, "loss", 0.5]]);
  expect(metrics.rows).toEqual([[first.id, "loss", 0.5]]);
});
