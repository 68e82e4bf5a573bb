import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { ResultsFolder, trialState, type LogRecord } from "@attention-lab/results";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { noSmallDisk, smallDisk } from "../../results/test/small-disk.ts";
import { experimentRecord, plan, run, withOutsideVariants, type Plan, type RunOptions } from "../src/index.ts";
import { childrenOf } from "./study/children-of.ts";
import { cpuBackend, fromSource, smallExperiment } from "./small.ts";

const pathOf = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const jumpingClock = pathOf("study/jumping-clock.mjs");
const dies = relative(process.cwd(), pathOf("outside/dies.ts"));
const options: RunOptions = { backend: "cpu", threads: 1, execArgv: fromSource };
let parent = "";
beforeEach(() => void (parent = mkdtempSync(join(tmpdir(), "sweep-"))));
afterEach(() => rmSync(parent, { recursive: true }));

function open(planned: Plan): Promise<ResultsFolder> {
  return ResultsFolder.open(join(parent, "folder"), { create: experimentRecord(planned, null) });
}

function samplesOf(records: readonly LogRecord[]): string[] {
  return records.flatMap((record) => (record.kind === "sample" ? [`${record.trial} ${record.repeat}`] : []));
}

const children = (): number[] => childrenOf(process.pid);

describe("run", () => {
  const planned = plan(smallExperiment(), ["variant=full,identity", "length=8", "repeats=3"], cpuBackend);
  const tiny = plan(smallExperiment(), ["variant=full", "length=8", "phase=forward", "repeats=4"], cpuBackend);

  test("measures every trial, once, and tells how far it is", async () => {
    const folder = await open(planned);
    const seen: number[] = [];
    const summary = await run(planned, folder, { ...options, onProgress: ({ done }) => seen.push(done) });
    expect(summary).toEqual({ done: 4, failed: 0, total: 4 });
    expect(seen.at(-1)).toBe(4);
    const records = folder.records();
    expect(samplesOf(records)).toHaveLength(12);
    expect(new Set(samplesOf(records)).size).toBe(12);
    for (const state of trialState(records).values()) {
      expect(state.finished).toBe(true);
      expect(state.memory?.residentBytes).toBeGreaterThan(2 ** 25);
    }
    expect(await run(planned, folder, options)).toEqual(summary);
    expect(folder.records()).toEqual(records);
  });

  test("notes the load and the calls of every repeat, and another class of machine", async () => {
    const record = experimentRecord(planned, null);
    const elsewhere = { ...record, machine: { ...record.machine, cpu: "another" } };
    const folder = await ResultsFolder.open(join(parent, "folder"), { create: elsewhere });
    await run(planned, folder, options);
    for (const written of folder.records()) {
      expect(written.machine).toEqual(record.machine);
      if (written.kind === "sample")
        expect(written).toMatchObject({ load: expect.any(Number), calls: expect.any(Number) });
    }
  });

  test("adds repeats until medians are known as well as asked, and none of them again when it goes on", async () => {
    const precision = { relativeHalfWidth: 1e-9, mostRepeats: 7 };
    const exact = plan(smallExperiment({ precision }), ["variant=identity", "length=8", "repeats=3"], cpuBackend);
    const folder = await open(exact);
    const controller = new AbortController();
    const samples = () => samplesOf(folder.records());
    const stopping = {
      ...options,
      signal: controller.signal,
      onProgress: () => samples().length === 9 && controller.abort(),
    };
    await expect(run(exact, folder, stopping)).rejects.toThrow("stopped");
    expect(await run(exact, folder, options)).toEqual({ done: 2, failed: 0, total: 2 });
    expect(samples()).toHaveLength(14);
    expect(new Set(samples()).size).toBe(14);
  });

  test(
    "a child that somebody kills is no result: another one goes on, whatever the clocks say",
    { timeout: 300_000 },
    async () => {
      const folder = await open(tiny);
      let kills = 0;
      const kill: RunOptions["onProgress"] = ({ stage }) => {
        if (stage !== "time" || kills === 2) return;
        kills++;
        for (const child of children()) process.kill(child, "SIGKILL");
      };
      const execArgv = [...fromSource, "--import", jumpingClock];
      const summary = await run(tiny, folder, { ...options, execArgv, onProgress: kill });
      expect(summary).toEqual({ done: 1, failed: 0, total: 1 });
      expect(kills).toBe(2);
      expect(samplesOf(folder.records())).toHaveLength(4);
      expect(new Set(samplesOf(folder.records())).size).toBe(4);
      for (const record of folder.records()) if (record.kind === "sample") expect(record.seconds).toBeGreaterThan(0);
    },
  );

  test(
    "a trial whose process is killed each time has failed, the others go on, and it is measured again when asked",
    { timeout: 300_000 },
    async () => {
      const names = [`variant=full,${dies}`, "length=8", "phase=forward", "repeats=2"];
      const deadly = plan(await withOutsideVariants(smallExperiment(), { overrides: names }), names, cpuBackend);
      const folder = await open(deadly);
      expect(await run(deadly, folder, options)).toEqual({ done: 1, failed: 1, total: 2 });
      const failures = () => folder.records().filter((record) => record.kind === "failure");
      expect(failures()).toMatchObject([{ status: "out-of-memory", message: expect.stringContaining("SIGKILL") }]);
      expect(await run(deadly, folder, options)).toEqual({ done: 1, failed: 1, total: 2 });
      expect(failures()).toHaveLength(1);
      expect(await run(deadly, folder, { ...options, retryFailed: true })).toEqual({ done: 1, failed: 1, total: 2 });
      expect(failures()).toHaveLength(2);
      expect(samplesOf(folder.records())).toHaveLength(2);
    },
  );

  test(
    "a disk that fills up stops the run with one sentence; with space again it goes on",
    { timeout: 300_000 },
    async ({ skip }) => {
      skip(noSmallDisk !== undefined, noSmallDisk);
      const disk = smallDisk(512);
      const create = experimentRecord(tiny, null);
      const folder = await ResultsFolder.open(join(disk.path, "folder"), { create });
      disk.fill(4096);
      await expect(run(tiny, folder, options)).rejects.toThrow(
        /^results folder: cannot write .*log\.jsonl: the disk is full; free some space and run again/,
      );
      expect(children()).toEqual([]);
      disk.free();
      expect(await run(tiny, folder, options)).toEqual({ done: 1, failed: 0, total: 1 });
      expect(samplesOf(folder.records())).toHaveLength(4);
      expect(new Set(samplesOf(folder.records())).size).toBe(4);
    },
  );

  test("a trial that takes too long is given up", async () => {
    const slow = plan(
      smallExperiment({ timeLimitSeconds: 0.02 }),
      ["variant=full", "length=1024", "phase=step"],
      cpuBackend,
    );
    const folder = await open(slow);
    expect(await run(slow, folder, options)).toEqual({ done: 0, failed: 1, total: 1 });
    expect(folder.records().at(-1)).toMatchObject({
      kind: "failure",
      status: "time-limit",
      message: "not done within the time limit of 0.02 s",
    });
    expect(children()).toEqual([]);
  });

  test("a stopped run records no failure and goes on later", async () => {
    const folder = await open(planned);
    const controller = new AbortController();
    let calls = 0;
    const onProgress = (): void => {
      if (++calls === 6) controller.abort();
    };
    await expect(run(planned, folder, { ...options, signal: controller.signal, onProgress })).rejects.toThrow(
      /stopped; run the same/,
    );
    expect(folder.records().filter((record) => record.kind === "failure")).toEqual([]);
    expect(await run(planned, folder, options)).toEqual({ done: 4, failed: 0, total: 4 });
    expect(new Set(samplesOf(folder.records())).size).toBe(samplesOf(folder.records()).length);
  });

  test("says why the measuring process could not start", async () => {
    const folder = await open(planned);
    await expect(run(planned, folder, { ...options, backend: "nothing" })).rejects.toThrow(
      /could not start on backend nothing: .*must be one of/,
    );
    expect(folder.records().filter((record) => record.kind === "failure")).toEqual([]);
  });
});
