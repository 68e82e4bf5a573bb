import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { attemptFile, attemptFolder } from "@attention-lab/results/store";
import { expect, test } from "vitest";
import { Patience } from "../../src/slurm/patience.ts";
import type { QueuedElement } from "../../src/slurm/slurm-queue.ts";
import { elementsOf, jobPrefix, newSubmission, ownElement, submissionsOf } from "../../src/slurm/submission.ts";
import { folderPath } from "../study/folder-path.ts";
import { begin, toyPlan } from "../study/toy-study.ts";

const plan = toyPlan({ steps: 1 }, { seeds: [1, 2] });

test("submissions are numbered, and an element is found by its index", () => {
  const dir = folderPath();
  const folder = begin(plan, dir);
  const elements = plan.trials.map((trial) => ({ trial }));
  // One whose making was cut short has no elements, and takes a number.
  mkdirSync(join(dir, "slurm", "1"), { recursive: true });
  const made = newSubmission(folder, elements);
  expect(made).toMatchObject({ number: 2, job: `${jobPrefix(folder)}-2` });
  expect(submissionsOf(folder).map(elementsOf)).toEqual([[], elements]);
  expect(ownElement(folder, 2, "1")).toEqual(elements[1]);
  for (const index of ["2", "-1", undefined]) {
    expect(() => ownElement(folder, 2, index)).toThrow(
      `trial: ${dir} has no element ${index} of submission 2 (SLURM_ARRAY_TASK_ID says which); it is meant for the cluster's jobs`,
    );
  }
});

test("a folder that was begun anew at the same path has other jobs", async () => {
  const dir = folderPath();
  const first = jobPrefix(begin(plan, dir));
  expect(jobPrefix(begin(plan, dir))).toBe(first);
  rmSync(dir, { recursive: true });
  await expect.poll(() => Date.now()).toBeGreaterThan(Date.now());
  expect(jobPrefix(begin(plan, dir))).not.toBe(first);
});

const failed: QueuedElement = {
  job: "17_0",
  array: "17",
  state: "FAILED",
  reason: "JobLaunchFailure",
  node: "n1",
  pending: false,
};

test("a trial is given up when its jobs came to nothing three times, or twice without any log", () => {
  const folder = begin(plan, folderPath());
  const [trial] = plan.trials;
  if (trial === undefined) throw new Error("no trial");
  const place = folder.prepare(trial);
  const patience = new Patience();
  const judge = (log?: string) => {
    patience.submitting(place, trial.id);
    const submission = newSubmission(folder, [{ trial }]);
    if (log !== undefined) writeFileSync(join(submission.folder, "17_0.log"), log);
    const verdict = patience.after(place, trial.id, { submission, element: failed });
    // Looking again changes nothing.
    expect(patience.after(place, trial.id, { submission, element: failed })).toBe(verdict);
    return verdict;
  };
  expect(judge()).toBeUndefined();
  expect(judge()).toMatch(
    /was submitted 2 times and came no further; job 17_0 ended FAILED \(JobLaunchFailure\) on n1 without writing into .*slurm\/2: do the cluster's machines see that folder\?$/,
  );
  // An attempt that died is progress of a kind, and so is a checkpoint; one that was stopped is none.
  const attempt = attemptFolder(place, 1);
  mkdirSync(attempt, { recursive: true });
  expect(judge("a\n")).toBeUndefined();
  writeFileSync(join(attempt, "checkpoint-0.bin"), "");
  expect(judge("a\n")).toBeUndefined();
  const second = attemptFolder(place, 2);
  mkdirSync(second);
  writeFileSync(join(second, attemptFile.stopped), "{}");
  expect([judge("a\n"), judge("a\n")]).toEqual([undefined, undefined]);
  expect(judge("a\nout of time\n")).toMatch(/was submitted 3 times and came no further; .* and wrote "out of time"$/);
});
