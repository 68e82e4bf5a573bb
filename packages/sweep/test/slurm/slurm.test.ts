import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { attemptsOf, type StudyFolder } from "@attention-lab/results/store";
import { expect, test } from "vitest";
import { asha } from "../../src/sampler.ts";
import { daemonPid, startDaemon } from "../../tools/slurm-cluster.mjs";
import { folderPath } from "../study/folder-path.ts";
import { runToy, toyPlan } from "../study/toy-study.ts";
import { onCluster } from "./cluster.ts";
import { toyLauncher } from "./toy-launcher.ts";

const done = (total: number) => ({ total, done: total, failed: 0, running: 0 });

function logs(dir: string, submission: string): string[] {
  const folder = join(dir, "slurm", submission);
  const names = readdirSync(folder).filter((name) => /^\d+_\d+\.log$/.test(name));
  return names.map((name) => readFileSync(join(folder, name), "utf8"));
}

function attempts(folder: StudyFolder): number[][] {
  return folder.trials().map(({ id }) => attemptsOf(folder.trialFolder(id)));
}

onCluster("a study on a Slurm cluster", (cluster) => {
  test("trials in two job arrays, each with a GPU of its own, and a report after them", async () => {
    const dir = folderPath();
    const plan = toyPlan({ steps: 2 }, { seeds: [1, 2, 3, 4, 5, 6, 7, 8] });
    const said: string[] = [];
    const report = [process.execPath, "-e", "console.log('the report')"];
    const launcher = toyLauncher(dir, said, { chunk: 5, report, slurm: { cpus: 1, gpus: 1 } });
    const { folder, progress } = await runToy(plan, dir, { launcher });
    expect(progress).toMatchObject(done(8));
    expect(said).toEqual([
      expect.stringMatching(/^submitted 5 trials as job \d+ \(attn-[0-9a-f]{12}-1\)$/),
      expect.stringMatching(/^submitted 3 trials as job \d+ \(attn-[0-9a-f]{12}-2\)$/),
      expect.stringMatching(/^the report follows as job \d+$/),
    ]);
    expect(logs(dir, "1")).toHaveLength(5);
    for (const log of [...logs(dir, "1"), ...logs(dir, "2")]) expect(log).toMatch(/^devices [01]\nok\n$/);
    expect(attempts(folder)).toEqual(plan.trials.map(() => [1]));
    const last = said.at(-1)?.split(" ").at(-1);
    const written = join(dir, "slurm", `report-${last}.log`);
    const text = (): string => (existsSync(written) ? readFileSync(written, "utf8") : "");
    await expect.poll(text, { timeout: 20_000 }).toBe("the report\n");
  });

  test("folders with characters that shells and Slurm give a meaning, and a program that fails", async () => {
    const dir = join(dirname(folderPath()), `it's a "näme" $(touch pwned);x %A&|<*?#\u{1F600}`);
    const said: string[] = [];
    const plan = toyPlan({ steps: 2, does: ["count", "throw"] });
    const { folder, progress } = await runToy(plan, dir, { launcher: toyLauncher(dir, said) });
    expect(progress).toMatchObject({ total: 2, done: 1, failed: 1 });
    expect(logs(dir, "1")).toHaveLength(2);
    expect(existsSync("pwned") || readdirSync(dirname(dir)).includes("pwned")).toBe(false);
    // What failed is tried again when that is asked for, and once only.
    const launcher = toyLauncher(dir, said, { retryFailed: true });
    const again = await runToy(plan, dir, { launcher, retryFailed: true });
    expect(again.progress).toMatchObject({ total: 2, done: 1, failed: 1 });
    expect(attempts(folder).toSorted((a, b) => a.length - b.length)).toEqual([[1], [1, 2]]);
  });

  test("a detached launcher submits what is neither finished nor queued; cancelled jobs are submitted again", async () => {
    const dir = folderPath();
    const plan = toyPlan({ steps: 2 }, { seeds: [1, 2, 3] });
    const said: string[] = [];
    const detached = toyLauncher(dir, said, { detach: true, slurm: { more: ["--hold"] } });
    for (let run = 0; run < 2; run++) {
      const { progress } = await runToy(plan, dir, { launcher: detached });
      expect(progress).toMatchObject({ done: 0, elsewhere: 3 });
    }
    const [submitted, goesOn, held, goesOnStill] = said;
    expect(submitted).toMatch(/^submitted 3 trials as job \d+ /);
    expect(goesOn).toMatch(/^the cluster goes on; .* this cancels the jobs: scancel \d+$/);
    expect(held).toMatch(/^3 trials are held in the queue \(JobHeldUser\)/);
    expect(goesOnStill).toBe(goesOn);
    cluster.slurm("scancel", goesOn?.split(" ").at(-1) ?? "");
    const { progress } = await runToy(plan, dir, { launcher: toyLauncher(dir, said) });
    expect(progress).toMatchObject(done(3));
    expect(said.slice(4)).toEqual([expect.stringMatching(/^submitted 3 trials as job \d+ \(attn-[0-9a-f]{12}-2\)$/)]);
  });

  test("what is held in the queue is told, with the words that let it run", async () => {
    const dir = folderPath();
    const plan = toyPlan({ steps: 2 });
    const said: string[] = [];
    const running = runToy(plan, dir, { launcher: toyLauncher(dir, said, { slurm: { more: ["--hold"] } }) });
    const sentence = () => said.find((text) => text.includes("held"));
    await expect.poll(sentence, { timeout: 30_000 }).toMatch(/^1 trial is held in the queue \(JobHeldUser\); let .*$/);
    const [command = "", ...words] = sentence()?.split(": ").at(-1)?.split(" ") ?? [];
    cluster.slurm(command, ...words);
    expect((await running).progress).toMatchObject(done(1));
  });

  test("jobs that a killed controller has forgotten are submitted again", async () => {
    const dir = folderPath();
    const plan = toyPlan({ steps: 2 }, { seeds: [1, 2] });
    const said: string[] = [];
    const held = toyLauncher(dir, said, { detach: true, slurm: { more: ["--hold"] } });
    await runToy(plan, dir, { launcher: held });
    process.kill(daemonPid(cluster.dir, "slurmctld") ?? 0, "SIGKILL");
    // What it knew is gone with it.
    for (const name of readdirSync(join(cluster.dir, "state"))) {
      if (name.startsWith("job_state")) rmSync(join(cluster.dir, "state", name), { force: true });
    }
    startDaemon(cluster.dir, "slurmctld");
    for (let look = 0; look < 200 && cluster.slurm("sinfo", "-h") === ""; look++) await sleep(100);
    expect(cluster.slurm("squeue", "-h", "-t", "all")).toBe("");
    const { progress } = await runToy(plan, dir, { launcher: toyLauncher(dir, said) });
    expect(progress).toMatchObject(done(2));
    expect(said.at(-1)).toMatch(/^submitted 2 trials as job \d+ \(attn-[0-9a-f]{12}-2\)$/);
  });

  test("successive halving: the watching process submits what is promoted", async () => {
    const dir = folderPath();
    const sampler = asha({ metric: "final", goal: "min", over: "steps", rungs: [1, 2], trials: 4 });
    const plan = toyPlan({ milliseconds: "1..100" }, { sampler });
    const said: string[] = [];
    const { folder, progress } = await runToy(plan, dir, { launcher: toyLauncher(dir, said) });
    const steps = folder.trials().map(({ config }) => config.parameters["steps"]);
    expect(steps.filter((step) => step === 1)).toHaveLength(4);
    expect(steps.filter((step) => step === 2).length).toBeGreaterThanOrEqual(2);
    expect(progress).toMatchObject(done(steps.length));
    expect(said.length).toBeGreaterThanOrEqual(2);
  });

  test("jobs that come to nothing are told in one sentence", async () => {
    const dir = folderPath();
    const said: string[] = [];
    const plan = toyPlan({ steps: 2 }, { seeds: [1, 2] });
    const run = (more: Parameters<typeof toyLauncher>[2]) =>
      runToy(plan, dir, { launcher: toyLauncher(dir, said, more) });
    await expect(run({ command: ["/nowhere/node"] })).rejects.toThrow(
      /^slurm launcher: trial [0-9a-f]{12} was submitted 3 times and came no further; job \d+_\d ended FAILED \(NonZeroExitCode\) on n\d and wrote ".*\/nowhere\/node: not found"$/,
    );
    await expect(run({ slurm: { partition: "no such" } })).rejects.toThrow(
      /^slurm launcher: sbatch refuses: "sbatch: error: Batch job submission failed: Invalid partition name specified"$/,
    );
    await expect(run({ slurm: { more: ["--mem=10T"] } })).rejects.toThrow(/^slurm launcher: sbatch refuses: ".*"$/);
  });
});
