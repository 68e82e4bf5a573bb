import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ResultsFolder, trialState, type LogRecord } from "@attention-lab/results";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { experimentRecord, plan, run, type Plan, type RunOptions } from "../src/index.ts";
import { cpuBackend, fromSource, smallExperiment } from "./small.ts";

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

/** Processes that this one started and that still run (Linux). */
function children(): number[] {
  return readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "utf8")
    .trim()
    .split(" ")
    .filter(Boolean)
    .map(Number);
}

describe("run", () => {
  const planned = plan(smallExperiment(), ["variant=full,identity", "length=8", "repeats=3"], cpuBackend);

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

  test("a child that is killed becomes a failure and the others go on", async () => {
    const folder = await open(planned);
    let killed = false;
    const kill: RunOptions["onProgress"] = ({ stage }) => {
      if (stage !== "time" || killed) return;
      killed = true;
      for (const child of children()) process.kill(child, "SIGKILL");
    };
    const summary = await run(planned, folder, { ...options, onProgress: kill });
    expect(summary).toEqual({ done: 3, failed: 1, total: 4 });
    const failures = folder.records().filter((record) => record.kind === "failure");
    expect(failures).toMatchObject([{ status: "out-of-memory", message: expect.stringContaining("SIGKILL") }]);
    expect(await run(planned, folder, options)).toEqual(summary);
    const measured = samplesOf(folder.records()).length;
    // Asked to, it is measured again; the repeats from before the failure stay.
    expect(await run(planned, folder, { ...options, retryFailed: true })).toEqual({ done: 4, failed: 0, total: 4 });
    expect(samplesOf(folder.records())).toHaveLength(12);
    expect(new Set(samplesOf(folder.records())).size).toBe(12);
    expect(measured).toBeLessThan(12);
  });

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
