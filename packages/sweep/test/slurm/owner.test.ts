import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { attemptFile, attemptFolder, bootId, processStart, type AttemptOwner } from "@attention-lab/results/store";
import { expect, onTestFinished, test, vi } from "vitest";
import { claimTrial } from "../../src/claim.ts";
import { decideTrial } from "../../src/decide-trial.ts";
import { Lives } from "../../src/lives.ts";
import { isEarlierStart, jobText, ownJob } from "../../src/slurm/slurm-job.ts";
import { parseQueue } from "../../src/slurm/slurm-queue.ts";
import { folderPath } from "../study/folder-path.ts";
import { begin, runOptions, toyPlan } from "../study/toy-study.ts";

const job = { SLURM_JOB_ID: "19", SLURM_ARRAY_JOB_ID: "17", SLURM_ARRAY_TASK_ID: "3" };

test("a job is named by its array and element, and by how often it was started", () => {
  expect(ownJob({})).toBeUndefined();
  expect(ownJob({ SLURM_JOB_ID: "19" })).toEqual({ name: "19", restart: 0 });
  const first = ownJob(job);
  const again = ownJob({ ...job, SLURM_RESTART_COUNT: "1" });
  expect([first, again]).toEqual([
    { name: "17_3", restart: 0 },
    { name: "17_3", restart: 1 },
  ]);
  if (first === undefined) throw new Error("no job");
  expect(isEarlierStart(jobText(first), again)).toBe(true);
  expect(isEarlierStart(jobText(first), first)).toBe(false);
  expect(isEarlierStart("18_3 restart 0", again)).toBe(false);
  expect(isEarlierStart(null, again)).toBe(false);
  expect(isEarlierStart(jobText(first), undefined)).toBe(false);
});

test("an attempt's owner says its job", () => {
  for (const [name, value] of Object.entries({ ...job, SLURM_RESTART_COUNT: "2" })) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  const plan = toyPlan({ steps: 1 });
  const folder = begin(plan, folderPath());
  const [trial] = plan.trials;
  if (trial === undefined) throw new Error("no trial");
  const claimed = claimTrial(folder.prepare(trial), { retryFailed: false, mostDeaths: 5, lives: new Lives() });
  if (claimed.kind !== "claimed") throw new Error(claimed.kind);
  const owner = JSON.parse(readFileSync(join(claimed.claim.folder, attemptFile.owner), "utf8")) as AttemptOwner;
  expect(owner.job).toBe("17_3 restart 2");
});

test(
  "a trial whose owner is on another machine is waited for as long as its heart beats",
  { timeout: 60_000 },
  async () => {
    const plan = toyPlan({ steps: 2 });
    const folder = begin(plan, folderPath());
    const [trial] = plan.trials;
    if (trial === undefined) throw new Error("no trial");
    const claimed = claimTrial(folder.prepare(trial), { retryFailed: false, mostDeaths: 5, lives: new Lives() });
    if (claimed.kind !== "claimed") throw new Error(claimed.kind);
    const owner: AttemptOwner = {
      host: "elsewhere",
      boot: bootId(),
      pid: process.pid,
      start: processStart(process.pid),
      job: "17_3 restart 0",
      at: new Date().toISOString(),
    };
    const attempt = attemptFolder(folder.trialFolder(trial.id), 1);
    writeFileSync(join(attempt, attemptFile.owner), JSON.stringify(owner));
    let beats = 0;
    const heart = setInterval(() => writeFileSync(join(attempt, attemptFile.heartbeat), String(beats++)), 100);
    const busy = vi.fn<() => void>();
    const lives = new Lives(1.5);
    const { limits } = plan.study;
    const decided = decideTrial(folder, trial, {
      ...runOptions,
      limits,
      mostDeaths: 5,
      lives,
      lookEveryMilliseconds: 200,
      onBusy: busy,
    });
    expect(await Promise.race([decided, sleep(3000, "waits")])).toBe("waits");
    expect(busy).toHaveBeenCalledTimes(1);
    clearInterval(heart);
    expect(await decided).toEqual({ kind: "ok" });
  },
);

test("the older copy of our own job, started again by Slurm, is taken for dead sooner than a stranger", () => {
  const attempt = folderPath();
  const owner = (name: string): AttemptOwner => {
    return { host: "elsewhere", boot: "", pid: 1, start: "1", job: name, at: new Date().toISOString() };
  };
  for (const [name, value] of Object.entries({ ...job, SLURM_RESTART_COUNT: "1" })) vi.stubEnv(name, value);
  vi.useFakeTimers({ toFake: ["performance"] });
  onTestFinished(() => void vi.unstubAllEnvs().useRealTimers());
  for (const [name, silence] of Object.entries({ "17_3 restart 0": 20, "17_4 restart 0": 60 })) {
    const lives = new Lives();
    expect(lives.mayBeAlive(attempt, owner(name))).toBe(true);
    vi.advanceTimersByTime(1000 * (silence - 1));
    expect(lives.mayBeAlive(attempt, owner(name))).toBe(true);
    vi.advanceTimersByTime(2000);
    expect(lives.mayBeAlive(attempt, owner(name))).toBe(false);
  }
});

test("lines of squeue: what still waits or runs counts, whatever else has that name", () => {
  const queue = parseQueue(
    [
      "attn-1-1|17|0|COMPLETED|None|n1",
      "attn-1-1|17|1|PENDING|Resources|",
      "attn-1-1|18|1|FAILED|NonZeroExitCode|n2",
      "attn-1-2|19|0|CANCELLED|None|",
      "",
    ].join("\n"),
  );
  expect([...queue].map(([key, { job: name, pending }]) => [key, name, pending])).toEqual([
    ["attn-1-1 0", "17_0", false],
    ["attn-1-1 1", "17_1", true],
    ["attn-1-2 0", "19_0", false],
  ]);
});
