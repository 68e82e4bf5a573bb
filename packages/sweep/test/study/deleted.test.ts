import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { attemptFolder, readMeasurements } from "@attention-lab/results/store";
import { expect, test } from "vitest";
import { chaosPlan } from "./chaos-plan.ts";
import { folderPath, removeFolder } from "./folder-path.ts";
import { isRunning, startRunner, until } from "./runner-process.ts";
import { begin, runToy, toyPlan } from "./toy-study.ts";
import { none, tallyOf } from "./tally.ts";

test("trial folders that are deleted while they run are run again, by whichever runner", async () => {
  const [dir, trials] = [folderPath(), 6];
  const plan = chaosPlan(trials, 60);
  const folder = begin(plan, dir);
  const runners = [startRunner(dir, { trials }), startRunner(dir, { trials })];
  for (const { id } of plan.trials) {
    const trial = folder.trialFolder(id);
    const measured = () => existsSync(attemptFolder(trial, 1)) && readMeasurements(attemptFolder(trial, 1)).length > 2;
    await until(() => measured() || !runners.some(isRunning));
    removeFolder(trial);
  }
  await Promise.all(runners.map(({ said }) => said));
  // The last ones may have been deleted after both runners had gone.
  await runToy(plan, dir);
  expect(tallyOf(folder)).toMatchObject(none);
});

test("a study that is deleted while it runs is one sentence, and no half of it stays", async () => {
  const [dir, trials] = [folderPath(), 6];
  const { said } = startRunner(dir, { trials });
  await until(() => existsSync(join(dir, "study.json")));
  rmSync(join(dir, "study.json"));
  removeFolder(dir);
  expect(await said).toMatch(/^study folder: .*study\.json was deleted while the study ran; run the sweep again$/);
  expect(existsSync(join(dir, "study.json"))).toBe(false);
});

test("an attempt that was deleted and made anew by another runner is left to it, whether ours ends or saves", async () => {
  const owner = { host: "elsewhere", boot: "another", pid: 1, start: "1", job: null, at: new Date().toISOString() };
  for (const parameters of [
    { steps: 1, milliseconds: 1500 },
    { steps: 4, milliseconds: 600 },
  ]) {
    const plan = toyPlan(parameters);
    const dir = folderPath();
    const trial = begin(plan, dir).trialFolder(plan.trials[0]?.id ?? "");
    const attempt = attemptFolder(trial, 1);
    const finish = new AbortController();
    const kinds: string[] = [];
    const running = runToy(plan, dir, {
      finish: finish.signal,
      onOutcome: (_, { kind }) => {
        kinds.push(kind);
        finish.abort();
      },
    });
    await until(() => existsSync(join(attempt, "files")));
    removeFolder(trial);
    mkdirSync(attempt, { recursive: true });
    writeFileSync(join(attempt, "owner.json"), JSON.stringify(owner));
    await running;
    expect(kinds).toEqual(["died"]);
    expect(readdirSync(attempt)).toEqual(["owner.json"]);
    expect(readdirSync(trial)).toEqual(["attempts"]);
  }
});
