import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { attemptFolder, attemptsOf, isProcessAlive } from "@attention-lab/results/store";
import { expect, test } from "vitest";
import { Lives } from "../../src/lives.ts";
import { chaosPlan } from "./chaos-plan.ts";
import { childrenOf } from "./children-of.ts";
import { folderPath } from "./folder-path.ts";
import { startRunner, until } from "./runner-process.ts";
import { begin, hardPlan, pidsIn, runToy } from "./toy-study.ts";
import { none, tallyOf } from "./tally.ts";

test("four runners at once run each trial once", async () => {
  const [dir, trials] = [folderPath(), 12];
  const said = await Promise.all([1, 2, 3, 4].map(() => startRunner(dir, { trials, milliseconds: 10 }).said));
  for (const line of said) expect(JSON.parse(line)).toMatchObject({ total: trials, done: trials, failed: 0 });
  const tally = tallyOf(begin(chaosPlan(trials, 10), dir));
  expect(tally).toMatchObject({ ...none, attempts: trials });
});

test("clocks that jump by hours in runners and trials change nothing", async () => {
  const [dir, trials] = [folderPath(), 4];
  const runners = [1, 2].map(() => startRunner(dir, { trials, milliseconds: 10, jumps: true }));
  for (const { said } of runners) expect(JSON.parse(await said)).toMatchObject({ done: trials, failed: 0 });
  const folder = begin(chaosPlan(trials, 10), dir);
  expect(tallyOf(folder)).toMatchObject({ ...none, attempts: trials });
});

test("Ctrl-C once finishes running trials, twice stops them, and the next start goes on", async () => {
  const [dir, trials] = [folderPath(), 5];
  const first = startRunner(dir, { trials, milliseconds: 100 });
  const folder = begin(chaosPlan(trials, 100), dir);
  const running = () => folder.trials().filter(({ id }) => attemptsOf(folder.trialFolder(id)).length > 0);
  await until(() => running().length >= 2);
  first.child.kill("SIGINT");
  const { done, failed } = JSON.parse(await first.said) as { done: number; failed: number };
  expect({ done, failed }).toEqual({ done: running().length, failed: 0 });
  expect(done).toBeLessThan(trials);

  const second = startRunner(dir, { trials, milliseconds: 100 });
  await until(() => running().length > done);
  second.child.kill("SIGINT");
  second.child.kill("SIGINT");
  expect(JSON.parse(await second.said)).toMatchObject({ failed: 0 });

  const { progress } = await runToy(chaosPlan(trials, 100), dir);
  expect(progress).toMatchObject({ done: trials, failed: 0 });
  expect(tallyOf(folder)).toMatchObject(none);
});

test("a killed runner takes its trials' processes with it", async () => {
  const [dir, trials] = [folderPath(), 2];
  const { child, said } = startRunner(dir, { trials, milliseconds: 3000 });
  const pid = child.pid ?? 0;
  await until(() => childrenOf(pid).length === 2);
  const workers = childrenOf(pid);
  child.kill("SIGKILL");
  await said;
  await until(() => workers.every((worker) => !existsSync(`/proc/${worker}`)));
});

test("a trial in a long computation ends with its killed runner too, and so does what it started", async () => {
  for (const [misdeed, count] of [
    ["deaf", 1],
    ["children", 2],
  ] as const) {
    const dir = folderPath();
    const { child, said } = startRunner(dir, { trials: 1, misdeed });
    const pids = () => pidsIn(join(dir, "trials", hardPlan(misdeed).trials[0]?.id ?? "", "attempts/1"));
    await until(() => pids().length === count);
    child.kill("SIGKILL");
    await said;
    await until(() => !pids().some(isProcessAlive));
  }
});

test("a trial of a runner on another machine is left to it while its heart beats, and taken over when it is dead", async () => {
  const plan = chaosPlan(1, 5);
  const [trial] = plan.trials;
  if (trial === undefined) throw new Error("no trial");
  const dir = folderPath();
  const folder = begin(plan, dir);
  const attempt = attemptFolder(folder.prepare(trial), 1);
  mkdirSync(attempt);
  // Its number and start are those of a process here that lives: only the name of the machine and of its boot tell them apart.
  const owner = {
    host: `${hostname()}-2`,
    boot: "another",
    pid: process.ppid,
    start: "1",
    job: null,
    at: new Date(0).toISOString(),
  };
  writeFileSync(join(attempt, "owner.json"), JSON.stringify(owner));
  let beat = 0;
  const heart = setInterval(() => writeFileSync(join(attempt, "heartbeat"), String(beat++)), 100);
  const finish = new AbortController();
  let looks = 0;
  const { progress } = await runToy(plan, dir, {
    lives: new Lives(2),
    finish: finish.signal,
    onOutcome: (_, { kind }) => {
      expect(kind).toBe("busy");
      if (++looks === 4) finish.abort();
    },
  });
  clearInterval(heart);
  expect(progress).toMatchObject({ done: 0, failed: 0, elsewhere: 1 });
  expect((await runToy(plan, dir, { lives: new Lives(1) })).progress).toMatchObject({ done: 1 });
  expect(tallyOf(folder)).toMatchObject({ ...none, attempts: 2 });
});
