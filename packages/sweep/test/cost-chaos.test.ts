import { spawn, type ChildProcess } from "node:child_process";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { ResultsFolder, trialState } from "@attention-lab/results/store";
import { expect, onTestFinished, test } from "vitest";
import { noSmallDisk, smallDisk } from "../../results/test/small-disk.ts";
import { costPlan } from "./cost-plan.ts";
import { fromSource } from "./small.ts";
import { childrenOf } from "./study/children-of.ts";
import { folderPath } from "./study/folder-path.ts";

const faults = process.env["CI_FULL"] === "1" ? 44 : 5;
const runner = fileURLToPath(new URL("cost-runner.ts", import.meta.url));

interface Runner {
  readonly child: ChildProcess;
  readonly said: Promise<string>;
}

function startRunner(dir: string): Runner {
  const child = spawn(process.execPath, [...fromSource, runner, dir], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  const said = new Promise<string>((resolve) => {
    child.once("close", () => resolve(output.trim()));
  });
  return { child, said };
}

test(`${faults} faults of a cost experiment: no record lost, doubled or wrong`, { timeout: 1_800_000 }, async () => {
  const disk = noSmallDisk === undefined ? smallDisk(2048) : undefined;
  const dir = disk === undefined ? folderPath() : join(disk.path, "cost");
  const log = join(dir, "log.jsonl");
  const lines = (): string[] => (existsSync(log) ? readFileSync(log, "utf8").split("\n").slice(0, -1) : []);
  const counts: Record<string, number> = {};
  let survived: string[] = [];
  const grown = async (by: number, { child }: Runner): Promise<void> => {
    const before = lines().length;
    while (lines().length < before + by && child.exitCode === null) await sleep(10);
  };
  for (let turn = 0; turn < faults; turn++) {
    const kind = ["worker killed", "runner killed", "torn line", "second runner", "full disk"][turn % 5] ?? "";
    const one = startRunner(dir);
    await grown(1 + (turn % 4), one);
    const { pid = 0 } = one.child;
    if (kind === "worker killed") {
      for (const child of childrenOf(pid)) process.kill(child, "SIGKILL");
      await grown(2, one);
    }
    if (kind === "second runner") expect(await startRunner(dir).said).toMatch(/is in use by process \d+|^\{"done":4,/);
    if (kind === "full disk" && disk !== undefined) {
      disk.fill(0);
      expect(await one.said).toMatch(/cannot \w+ .*: the disk is full; free some space and run again|^\{"done":4,/);
      disk.free();
    }
    one.child.kill("SIGKILL");
    await one.said;
    // What was acknowledged is there for good.
    expect(lines().slice(0, survived.length)).toEqual(survived);
    survived = lines();
    if (kind === "torn line") appendFileSync(log, '{"kind":"sample","tri');
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  expect(await startRunner(dir).said).toBe('{"done":4,"failed":0,"total":4}');
  expect(lines().slice(0, survived.length)).toEqual(survived);
  const folder = await ResultsFolder.open(dir);
  const records = folder.records();
  const keys = records.map((record) => `${record.kind} ${record.trial} ${"repeat" in record ? record.repeat : ""}`);
  const states = [...trialState(records).values()];
  const repeats = costPlan.trials[0]?.config.repeats ?? 0;
  const tally = {
    lost: costPlan.trials.length * (2 + repeats) - new Set(keys).size,
    doubled: keys.length - new Set(keys).size,
    wrong: states.filter(({ failure, samples }) => failure !== undefined || samples.some((seconds) => !(seconds > 0)))
      .length,
  };
  console.log(`cost chaos: ${JSON.stringify(counts)}; ${records.length} records, ${JSON.stringify(tally)}`);
  expect(tally).toEqual({ lost: 0, doubled: 0, wrong: 0 });
});
