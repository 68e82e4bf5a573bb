import { chmodSync, existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { attemptFolder, readMeasurements, trialStanding, type StudyFolder } from "@attention-lab/results";
import { expect, test } from "vitest";
import { next } from "./toy-program.ts";
import { folderPath } from "./folder-path.ts";
import { runToy, toyPlan } from "./toy-study.ts";

const standings = (folder: StudyFolder) => folder.trials().map(({ id }) => trialStanding(folder.trialFolder(id)));

test("a study runs to its end, and a second run finds nothing to do", async () => {
  const plan = toyPlan({ group: ["a", "b"], steps: 3 }, { seeds: [1, 2] });
  const dir = folderPath();
  const { folder, progress } = await runToy(plan, dir);
  expect(progress).toEqual({ total: 4, done: 4, failed: 0, running: 0, elsewhere: 0 });
  for (const { id, config } of folder.trials()) {
    const trial = folder.trialFolder(id);
    const standing = trialStanding(trial);
    if (standing.status !== "ok") throw new Error(standing.status);
    const chain = [1, 2, 3].reduce<number[]>((all) => [...all, next(all.at(-1) ?? config.seed)], []);
    expect(standing.result).toMatchObject({ attempt: 1, metrics: { final: chain.at(-1) }, measurements: 3 });
    const values = readMeasurements(attemptFolder(trial, 1)).map(({ values: each }) => each["value"]);
    expect(values).toEqual(chain);
    const environment = JSON.parse(readFileSync(join(attemptFolder(trial, 1), "environment.json"), "utf8")) as object;
    expect(environment).toMatchObject({ backend: null, machine: { node: process.version } });
    // Only what is on the list of variables is kept.
    expect(JSON.stringify(environment)).not.toContain(process.env["PATH"] ?? "?");
  }
  let attempts = 0;
  await runToy(plan, dir, { onOutcome: () => attempts++ });
  expect(attempts).toBe(0);
});

test("failures are results, with their last lines, and are tried again when asked", async () => {
  const plan = toyPlan({ does: ["throw", "exit", "count"], steps: 1 });
  const dir = folderPath();
  const { folder, progress } = await runToy(plan, dir);
  expect(progress).toMatchObject({ done: 1, failed: 2 });
  const [thrown, exited] = standings(folder);
  expect(thrown).toMatchObject({ failure: { status: "error", message: "toy: this one always throws" } });
  expect(exited).toMatchObject({ failure: { status: "error", lastLines: ["the last line of the log"] } });
  expect((await runToy(plan, dir)).progress).toMatchObject({ done: 1, failed: 2 });
  expect(standings(folder)[0]).toMatchObject({ failure: { attempt: 1 } });
  await runToy(plan, dir, { retryFailed: true });
  expect(standings(folder)[0]).toMatchObject({ failure: { attempt: 2 } });
});

test("limits of time and memory end a trial and are its result", async () => {
  const time = toyPlan({ does: "hang" }, { limits: { seconds: 3 } });
  const memory = toyPlan({ does: "eat" }, { limits: { bytes: 400 * 2 ** 20 } });
  const [hung, ate] = await Promise.all([time, memory].map(async (plan) => (await runToy(plan, folderPath())).folder));
  expect(hung && standings(hung)[0]).toMatchObject({
    failure: { status: "time-limit", message: "not done within the time limit of 3 s" },
  });
  expect(ate && standings(ate)[0]).toMatchObject({
    failure: { status: "out-of-memory", message: /over its limit of 400 MiB/ },
  });
});

test("a trial that is killed each time is given up after so many attempts", async () => {
  const plan = toyPlan({ does: "die" }, { limits: { attempts: 2 } });
  const { folder } = await runToy(plan, folderPath());
  expect(standings(folder)[0]).toMatchObject({
    failure: { status: "died", attempt: 2, message: /2 attempts in a row/ },
  });
});

test("two runners share a folder and run no trial twice", async () => {
  const plan = toyPlan({ steps: 2 }, { seeds: Array.from({ length: 6 }, (_, i) => i) });
  const dir = folderPath();
  const ran: string[] = [];
  const note = {
    onOutcome: (trial: { id: string }, { kind }: { kind: string }) => kind === "ok" && ran.push(trial.id),
  };
  const both = await Promise.all([runToy(plan, dir, note), runToy(plan, dir, note)]);
  for (const { progress } of both) expect(progress).toMatchObject({ done: 6, failed: 0 });
  expect(new Set(ran).size).toBe(6);
  expect(ran).toHaveLength(6);
});

test("stopping leaves no failure, and the next run goes on from the checkpoint", async () => {
  const plan = toyPlan({ steps: 24, milliseconds: 100 });
  const dir = folderPath();
  const stop = new AbortController();
  const first = runToy(plan, dir, { stop: stop.signal });
  const [trial] = plan.trials;
  const attempt = join(dir, "trials", trial?.id ?? "", "attempts/1");
  while (!existsSync(attempt) || readMeasurements(attempt).length < 3) await new Promise((go) => setTimeout(go, 50));
  stop.abort();
  await first;
  expect(existsSync(join(attempt, "stopped.json"))).toBe(true);
  const { folder } = await runToy(toyPlan({ steps: 24, milliseconds: 100 }), dir);
  expect(standings(folder)[0]).toMatchObject({ result: { attempt: 2, measurements: 24 } });
});

test("asked to finish, a run begins nothing more", async () => {
  const plan = toyPlan({ steps: 2 }, { seeds: [1, 2, 3, 4, 5, 6, 7] });
  const finish = new AbortController();
  const { progress } = await runToy(plan, folderPath(), { finish: finish.signal, onOutcome: () => finish.abort() });
  expect(progress.failed).toBe(0);
  expect(progress.done).toBeGreaterThan(0);
  expect(progress.done).toBeLessThan(7);
});

test("a deleted trial is run again; a folder that cannot be written is one sentence", async () => {
  const plan = toyPlan({ steps: 1 }, { seeds: [1, 2] });
  const dir = folderPath();
  const { folder } = await runToy(plan, dir);
  rmSync(folder.trialFolder(plan.trials[0]?.id ?? ""), { recursive: true });
  expect((await runToy(plan, dir)).progress).toMatchObject({ done: 2 });
  if (process.getuid?.() === 0) return; // root writes everywhere
  const trial = folder.trialFolder(plan.trials[1]?.id ?? "");
  rmSync(join(trial, "result.json"));
  chmodSync(join(trial, "attempts"), 0o555);
  await expect(runToy(plan, dir)).rejects.toThrow(/^results folder: cannot claim .*permission denied/);
});
