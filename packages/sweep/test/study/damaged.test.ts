import { mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { attemptFolder, readMeasurements, StudyFolder, trialStanding } from "@attention-lab/results/store";
import { expect, test } from "vitest";
import { inherit } from "../../src/attempt-history.ts";
import { MeasurementWriter } from "../../src/measurement-writer.ts";
import { chaosPlan } from "./chaos-plan.ts";
import { folderPath } from "./folder-path.ts";
import { begin, runToy } from "./toy-study.ts";
import { none, tallyOf } from "./tally.ts";

const plan = chaosPlan(2, 5);
const sentence = (what: () => unknown): string => {
  try {
    what();
    return "";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};
/** Every length that cuts into the last `lines` lines of a file, the whole file included. */
function cuts(whole: Buffer, lines: number): number[] {
  let begin = whole.length;
  for (let line = 0; line <= lines; line++) begin = whole.lastIndexOf(10, begin - 1);
  return Array.from({ length: whole.length - begin }, (_, i) => begin + 1 + i);
}

test("a plan cut at any byte, or deleted, is one sentence for readers, and written again by the next sweep", () => {
  const dir = folderPath();
  const path = join(begin(plan, dir).dir, "plan.jsonl");
  const whole = readFileSync(path);
  for (const bytes of Array.from({ length: whole.length }, (_, i) => i)) {
    truncateSync(path, bytes);
    expect(sentence(() => StudyFolder.open(dir).trials())).toMatch(
      /^study folder: .*plan\.jsonl is damaged \([01] of 2 trials\); run the same sweep again, which writes it anew$/,
    );
    expect(begin(plan, dir).trials()).toEqual(plan.trials);
    expect(readFileSync(path)).toEqual(whole);
  }
  rmSync(path);
  expect(sentence(() => StudyFolder.open(dir).trials())).toMatch(/plan\.jsonl is missing; run the same sweep again/);
  expect(begin(plan, dir).trials()).toEqual(plan.trials);
  writeFileSync(path, `${whole.toString().split("\n")[0]}\n{"id":1}\n`);
  expect(sentence(() => StudyFolder.open(dir).trials())).toMatch(/line 2 of .*plan\.jsonl is not of this format/);
});

test("a deleted study.json is one sentence for readers and written again by the next sweep, but never over other trials", () => {
  const dir = folderPath();
  const folder = begin(plan, dir);
  for (const trial of plan.trials) folder.prepare(trial);
  writeFileSync(join(dir, "report.md"), "beside it");
  const path = join(dir, "study.json");
  const whole = readFileSync(path);
  for (const bytes of Array.from({ length: whole.length - 1 }, (_, i) => i)) {
    truncateSync(path, bytes);
    const said = sentence(() => StudyFolder.open(dir));
    expect(said).toMatch(/^results folder: .*study\.json is not JSON, got .*; delete it and run the sweep again$/);
    writeFileSync(path, whole);
  }
  rmSync(path);
  expect(sentence(() => StudyFolder.open(dir))).toMatch(/is not the folder of a study \(it has no study\.json\)/);
  expect(sentence(() => begin(chaosPlan(3, 5), dir))).toMatch(/holds trials of another plan and has no study\.json/);
  expect(begin(plan, dir).study.planned).toBe(2);
});

test("cut at every byte, the measurements of a dead attempt are inherited up to a checkpoint that they reach, or not at all", () => {
  const [trial] = plan.trials;
  if (trial === undefined) throw new Error("no trial");
  const folder = begin(plan, folderPath()).prepare(trial);
  const attempt = (n: number) => attemptFolder(folder, n);
  const write = (n: number, from: number) => {
    rmSync(attempt(n), { recursive: true, force: true });
    writeOwner(attempt(n));
    const writer = new MeasurementWriter(attempt(n));
    for (let step = from; step < from + 3; step++) writer.report({ é: step }, step);
    writer.save(Buffer.from(String(from)));
    writer.report({ after: 1 });
    writer.close();
  };
  write(1, 1);
  write(2, 4);
  const path = join(attempt(2), "measurements.jsonl");
  const whole = readFileSync(path);
  const measured = whole.lastIndexOf(10, whole.length - 2) + 1;
  for (const bytes of cuts(whole, 4)) {
    writeFileSync(path, whole.subarray(0, bytes));
    rmSync(attempt(3), { recursive: true, force: true });
    writeOwner(attempt(3));
    const from = Buffer.from(inherit(folder, attempt(3)) ?? []).toString();
    expect(from, `${bytes} bytes`).toBe(bytes >= measured ? "4" : "1");
    const places = readMeasurements(attempt(3)).map(({ x }) => x);
    expect(places, `${bytes} bytes`).toEqual(bytes >= measured ? [4, 5, 6] : [1, 2, 3]);
  }
});

function writeOwner(attempt: string): void {
  mkdirSync(attempt, { recursive: true });
  writeFileSync(join(attempt, "owner.json"), "{}");
}

test("a result cut at any byte is one sentence that says what to do, and is found again by doing it", async () => {
  const dir = folderPath();
  const { folder } = await runToy(plan, dir);
  const trial = folder.trialFolder(plan.trials[0]?.id ?? "");
  const path = join(trial, "result.json");
  const whole = readFileSync(path);
  for (const bytes of Array.from({ length: whole.length - 2 }, (_, i) => i)) {
    truncateSync(path, bytes);
    const said = sentence(() => trialStanding(trial));
    expect(said).toMatch(/^results folder: .*result\.json is not JSON, got .*; delete it and run the sweep again$/);
    writeFileSync(path, whole);
  }
  truncateSync(path, 30);
  await expect(runToy(plan, dir)).rejects.toThrow("delete it and run the sweep again");
  rmSync(path);
  expect((await runToy(plan, dir)).progress).toMatchObject({ done: 2, failed: 0 });
  expect(tallyOf(folder)).toMatchObject(none);
});
