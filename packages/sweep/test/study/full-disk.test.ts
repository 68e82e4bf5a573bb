import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { StudyProgress } from "../../src/study-queue.ts";
import { trialStanding } from "@attention-lab/results/store";
import { expect, test } from "vitest";
import { noSmallDisk, smallDisk } from "../../../results/test/small-disk.ts";
import { chaosPlan } from "./chaos-plan.ts";
import { begin, hardPlan, runToy } from "./toy-study.ts";
import { none, tallyOf } from "./tally.ts";

const full = process.env["CI_FULL"] === "1";
const page = 4096;
/** A run of three trials takes some 30 pages: the disk fills at every place of it. */
const levels = full
  ? Array.from({ length: 40 }, (_, pages) => pages * page)
  : [0, 1, 3, 6, 10, 16].map((n) => n * page);

const said = (error: unknown): string => (error instanceof Error ? error.message : String(error));

test(
  "a disk that fills up at any moment stops the runner with one sentence, and nothing is lost",
  { timeout: 600_000 },
  async ({ skip }) => {
    skip(noSmallDisk !== undefined, noSmallDisk);
    const disk = smallDisk(2048);
    const dir = join(disk.path, "study");
    const plan = chaosPlan(levels.length + 3, 5);
    let refused = 0;
    for (const free of levels) {
      disk.fill(free);
      const outcome = await runToy(plan, dir).then(
        ({ progress }): StudyProgress | string => progress,
        (error: unknown) => said(error),
      );
      if (typeof outcome !== "string") continue;
      refused++;
      expect(outcome).toMatch(
        /^(results|study) folder: cannot \w+ [^\n]*: the disk is full; free some space and run again[^\n]*$/,
      );
      expect(outcome).not.toContain("\n");
    }
    disk.free();
    const { folder, progress } = await runToy(plan, dir);
    expect(progress).toMatchObject({ done: plan.trials.length, failed: 0 });
    expect(tallyOf(folder)).toMatchObject(none);
    expect(refused).toBeGreaterThan(levels.length / 2);
    console.log(`full disk: ${levels.length} fill levels, ${refused} refusals, ${JSON.stringify(tallyOf(folder))}`);
  },
);

test("a program that fills the disk itself has not failed: its trial waits", async ({ skip }) => {
  skip(noSmallDisk !== undefined, noSmallDisk);
  const disk = smallDisk(2048);
  const dir = join(disk.path, "study");
  const plan = hardPlan("a full disk of its own");
  await expect(runToy(plan, dir)).rejects.toThrow(/cannot write .*: the disk is full; free some space/);
  expect(trialStanding(begin(plan, dir).trialFolder(plan.trials[0]?.id ?? "")).status).toBe("waiting");
});

test("a study on a read-only disk is one sentence, and goes on when the disk is writable again", async ({ skip }) => {
  skip(noSmallDisk !== undefined, noSmallDisk);
  const disk = smallDisk(2048);
  const dir = join(disk.path, "study");
  const plan = chaosPlan(2, 5);
  mkdirSync(dir);
  disk.setReadOnly(true);
  await expect(runToy(plan, dir)).rejects.toThrow(
    /^results folder: cannot \w+ .*: the file system is read-only; choose another folder$/,
  );
  disk.setReadOnly(false);
  const finish = new AbortController();
  await runToy(plan, dir, { finish: finish.signal, onProgress: () => finish.abort() });
  disk.setReadOnly(true);
  await expect(runToy(plan, dir)).rejects.toThrow(/the file system is read-only; choose another folder$/);
  disk.setReadOnly(false);
  const { folder } = await runToy(plan, dir);
  expect(tallyOf(folder)).toMatchObject(none);
  disk.setReadOnly(true);
  // Nothing is left to do, so nothing is written.
  expect((await runToy(plan, dir)).progress).toMatchObject({ done: 2, failed: 0 });
});
