import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { ResultsFolder } from "@attention-lab/results";
import { expect, test } from "vitest";
import { experiment, first, sample } from "./store-fixtures.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const runner = fileURLToPath(new URL("store-runner.ts", import.meta.url));

/** Another process that locks a folder and appends samples until it is killed. */
function start(dir: string): ChildProcess {
  const flags = ["--conditions=@attention-lab/source", "--import", "tsx", runner, dir];
  return spawn(process.execPath, flags, { stdio: ["ignore", "pipe", "pipe"] });
}

/** Leaves the stream open: a child that prints into a closed one dies of it. */
function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.stdout?.once("data", (chunk) => resolve(String(chunk).split("\n")[0] ?? ""));
    child.once("exit", () => resolve("ended"));
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await new Promise((resolve) => child.once("exit", resolve));
}

test("a folder in use by a live process is refused with its number; once it is killed, the folder is taken over", async () => {
  const dir = temporaryFolder();
  const child = start(dir);
  expect(await firstLine(child)).toBe("locked");
  const folder = await ResultsFolder.open(dir, { create: experiment });
  expect(() => folder.lock()).toThrow(
    `results folder: ${dir} is in use by process ${child.pid}; wait for it or stop it, or choose another folder`,
  );
  expect(readdirSync(dir).filter((name) => name.endsWith(".lock"))).toHaveLength(1);
  child.kill("SIGKILL");
  await ended(child);
  folder.lock();
  expect(readdirSync(dir).filter((name) => name.endsWith(".lock"))).toHaveLength(1);
  folder.unlock();
  expect(readdirSync(dir).toSorted()).toEqual(["experiment.json", "log.jsonl"]);
});

test("killed at random moments, no record that was acknowledged is lost and the log stays whole", async () => {
  const dir = temporaryFolder();
  let acknowledged = 0;
  for (let round = 0; round < 4; round++) {
    const child = start(dir);
    let output = "";
    child.stdout?.on("data", (chunk) => (output += String(chunk)));
    const numbers = () => (output.match(/^\d+$/gm) ?? []).length;
    while (numbers() < 2) await sleep(5); // however slow the machine, the kill comes between records
    await sleep((round * 37) % 60);
    child.kill("SIGKILL");
    await ended(child);
    acknowledged += numbers();
    const records = (await ResultsFolder.open(dir)).records();
    // Of each round one more may be on the disk than was said to be: killed between the two.
    expect(records.length).toBeGreaterThanOrEqual(acknowledged);
    expect(records.length).toBeLessThanOrEqual(acknowledged + round + 2);
  }
  expect(acknowledged).toBeGreaterThan(4);
});

test("of many that start together exactly one gets the folder", async () => {
  const dir = temporaryFolder();
  await ResultsFolder.open(dir, { create: experiment });
  const children = Array.from({ length: 4 }, () => start(dir));
  const lines = await Promise.all(children.map(firstLine));
  for (const child of children) child.kill("SIGKILL");
  await Promise.all(children.map(ended));
  expect(lines.filter((line) => line === "locked")).toHaveLength(1);
  expect(lines.filter((line) => line.startsWith("refused: results folder: "))).toHaveLength(3);
});

test("a claim whose number now belongs to a younger process is stale; one of another host is not judged", async () => {
  const dir = temporaryFolder();
  const folder = await ResultsFolder.open(dir, { create: experiment });
  const stale = join(dir, `runner-${process.ppid}.${hostname()}.lock`);
  if (existsSync("/proc/self/stat")) {
    writeFileSync(stale, "1");
    folder.lock();
    folder.unlock();
    expect(existsSync(stale)).toBe(false);
  }
  writeFileSync(join(dir, "runner-7.elsewhere.lock"), "123");
  expect(() => folder.lock()).toThrow(/in use by process 7 on elsewhere; wait for it, or delete .*elsewhere\.lock/);
});

test("a claim left by a dead process with our own number is no obstacle, a second handle here is", async () => {
  const dir = temporaryFolder();
  const folder = await ResultsFolder.open(dir, { create: experiment });
  writeFileSync(join(dir, `runner-${process.pid}.${hostname()}.lock`), "1");
  folder.lock();
  const second = await ResultsFolder.open(dir);
  expect(() => second.lock()).toThrow("this process already holds");
  folder.append(first);
  folder.append(sample(0));
  folder.unlock();
  second.lock();
  expect(second.records()).toEqual([first, sample(0)]);
  second.unlock();
  expect(readFileSync(join(dir, "log.jsonl"), "utf8").split("\n")).toHaveLength(3);
});
