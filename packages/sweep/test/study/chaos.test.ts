import { spawn, type ChildProcess } from "node:child_process";
import { appendFileSync, existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import {
  attemptFile,
  attemptFolder,
  attemptsOf,
  readMeasurements,
  trialFile,
  trialStanding,
  type StudyFolder,
} from "@attention-lab/results/store";
import { expect, test } from "vitest";
import { chaosPlan } from "./chaos-plan.ts";
import { folderPath } from "./folder-path.ts";
import { next } from "./toy-program.ts";
import { begin, runToy } from "./toy-study.ts";

const full = process.env["CI_FULL"] === "1";
/** Many more before an issue is called done. */
const [trials, kills] = full ? [120, 45] : [20, 20];

const runner = fileURLToPath(new URL("toy-runner.ts", import.meta.url));
const flags = ["--conditions=@attention-lab/source", "--import", "tsx"];

test(
  `${kills} kills of two runners and their workers: no result lost, doubled or wrong`,
  { timeout: 1_800_000 },
  async () => {
    const dir = folderPath();
    const plan = chaosPlan(trials);
    const folder = begin(plan, dir);
    const runners: ChildProcess[] = [];
    const seen = new Map<string, string>();
    let hit = 0;
    while (hit < kills) {
      while (runners.filter(isRunning).length < 2) runners.push(startRunner(dir));
      await sleep(200 + 1200 * Math.random());
      hit += killOne(runners.filter(isRunning)) ? 1 : 0;
      if (hit === 5) tearLastLines(folder);
      rememberResults(folder, seen);
      // When all is done before enough was killed, there is nothing left to kill.
      if (seen.size === trials) break;
    }
    await Promise.all(runners.filter(isRunning).map(ended));
    await runToy(plan, dir);
    rememberResults(folder, seen);
    expect(seen.size).toBe(trials);
    for (const { id, config } of folder.trials()) checkTrial(folder.trialFolder(id), config.seed);
    // The kills hit trials at work.
    expect(attempts(folder)).toBeGreaterThan(trials);
    console.log(`chaos: ${trials} trials, ${hit} kills, ${attempts(folder)} attempts, 0 lost, 0 doubled, 0 wrong`);
  },
);

function startRunner(dir: string): ChildProcess {
  return spawn(process.execPath, [...flags, runner, dir, String(trials)], { stdio: "ignore" });
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

async function ended(child: ChildProcess): Promise<void> {
  if (isRunning(child)) await new Promise((resolve) => child.once("close", resolve));
}

/** Kills a runner or one of its trial processes, by turns of chance. */
function killOne(runners: readonly ChildProcess[]): boolean {
  const { pid } = runners[Math.floor(Math.random() * runners.length)] ?? {};
  if (pid === undefined) return false;
  const workers = childrenOf(pid);
  // One that is still starting has nothing to lose.
  if (workers.length === 0) return false;
  const target = Math.random() < 0.4 ? pid : workers[Math.floor(Math.random() * workers.length)];
  if (target === undefined) return false;
  try {
    process.kill(target, "SIGKILL");
    return true;
  } catch {
    return false;
  }
}

function childrenOf(pid: number): number[] {
  const path = `/proc/${pid}/task/${pid}/children`;
  return existsSync(path) ? readFileSync(path, "utf8").split(" ").filter(Boolean).map(Number) : [];
}

/** What a machine that lost its power may leave behind. */
function tearLastLines(folder: StudyFolder): void {
  for (const { id } of folder.trials()) {
    const newest = attemptsOf(folder.trialFolder(id)).at(-1);
    const standing = trialStanding(folder.trialFolder(id));
    if (newest === undefined || standing.status !== "begun") continue;
    appendFileSync(join(attemptFolder(folder.trialFolder(id), newest), attemptFile.output), "half a li");
  }
}

/** A result that was seen once must never change or go. */
function rememberResults(folder: StudyFolder, seen: Map<string, string>): void {
  for (const { id } of folder.trials()) {
    const path = join(folder.trialFolder(id), trialFile.result);
    if (!existsSync(path)) expect(seen.has(id)).toBe(false);
    else {
      const text = `${statSync(path).ino} ${readFileSync(path, "utf8")}`;
      expect(seen.get(id) ?? text).toBe(text);
      seen.set(id, text);
    }
  }
}

function checkTrial(trial: string, seed: number): void {
  const standing = trialStanding(trial);
  if (standing.status !== "ok") throw new Error(`${trial}: ${standing.status}`);
  const chain = Array.from({ length: 8 }).reduce<number[]>((all) => [...all, next(all.at(-1) ?? seed)], []);
  const { attempt, metrics, measurements } = standing.result;
  expect({ metrics, measurements }).toEqual({ metrics: { final: chain.at(-1) }, measurements: 8 });
  const lines = readMeasurements(attemptFolder(trial, attempt));
  expect(lines).toEqual(chain.map((value, i) => ({ x: i + 1, values: { value } })));
  // None was begun after the result was there.
  expect(attemptsOf(trial).at(-1)).toBe(attempt);
}

function attempts(folder: StudyFolder): number {
  return folder.trials().reduce((sum, { id }) => sum + attemptsOf(folder.trialFolder(id)).length, 0);
}
