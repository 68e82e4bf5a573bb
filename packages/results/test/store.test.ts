import { appendFileSync, mkdirSync, readFileSync, readdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ResultsFolder, machineFingerprint, trialState } from "@attention-lab/results";
import { expect, test } from "vitest";
import { at, experiment, first, memory, sample } from "./store-fixtures.ts";
import { temporaryFolder } from "./temporary-folder.ts";

async function begun(): Promise<{ dir: string; log: string; folder: ResultsFolder }> {
  const dir = temporaryFolder();
  const folder = await ResultsFolder.open(dir, { create: experiment });
  return { dir, log: join(dir, "log.jsonl"), folder };
}

function filled(folder: ResultsFolder, ...records: Parameters<ResultsFolder["append"]>[0][]): void {
  folder.lock();
  for (const record of records) folder.append(record);
  folder.unlock();
}

test("reads back what was appended, from another handle", async () => {
  const { dir, folder } = await begun();
  filled(folder, first, sample(0), memory);
  const again = await ResultsFolder.open(dir);
  expect(again.records()).toEqual([first, sample(0), memory]);
  expect(again.experiment).toEqual(experiment);
  expect(folder.records()).toEqual(again.records());
});

test("cut at every byte of the last record, a log loses at most that record and takes the next one", async () => {
  const { dir, log, folder } = await begun();
  filled(folder, first, sample(0), sample(1));
  const whole = readFileSync(log);
  const lastLine = whole.lastIndexOf(10, whole.length - 2) + 1;
  for (let bytes = lastLine; bytes <= whole.length; bytes++) {
    writeFileSync(log, whole);
    truncateSync(log, bytes);
    const kept = bytes === whole.length ? [first, sample(0), sample(1)] : [first, sample(0)];
    const reopened = await ResultsFolder.open(dir, { create: experiment });
    expect(reopened.records(), `${bytes} bytes`).toEqual(kept);
    filled(reopened, memory);
    expect((await ResultsFolder.open(dir)).records(), `${bytes} bytes`).toEqual([...kept, memory]);
  }
});

test("a torn end of several bytes per character is cut without harm", async () => {
  const { dir, log, folder } = await begun();
  filled(folder, first);
  appendFileSync(log, Buffer.from('{"kind":"failure","message":"é').subarray(0, -1));
  const again = await ResultsFolder.open(dir);
  filled(again, sample(0));
  expect((await ResultsFolder.open(dir)).records()).toEqual([first, sample(0)]);
});

test("a whole line that is no record is an error with its number, wherever it stands", async () => {
  const { dir, log, folder } = await begun();
  filled(folder, first, sample(0));
  const [one, two] = readFileSync(log, "utf8").split("\n");
  writeFileSync(log, `${one}\n{"kind":"sam\n${two}\n`);
  await expect(ResultsFolder.open(dir)).rejects.toThrow(
    /line 2 of .*log\.jsonl is not JSON, got "\{\\"kind\\":\\"sam"$/,
  );
  writeFileSync(log, `${one}\n${two}\n{"kind":"sample","trial":"x","repeat":-1,"seconds":1,"at":"${at}"}\n`);
  await expect(ResultsFolder.open(dir)).rejects.toThrow(/line 3 of .*is not a record of this format \(repeat: /);
});

test("says what is not a results folder", async () => {
  const dir = temporaryFolder();
  await expect(ResultsFolder.open(dir)).rejects.toThrow(`there is no ${dir}; give a folder that a sweep wrote`);
  mkdirSync(dir);
  await expect(ResultsFolder.open(dir)).rejects.toThrow("is not a results folder (it has no experiment.json)");
  writeFileSync(join(dir, "thesis.tex"), "mine");
  await expect(ResultsFolder.open(dir, { create: experiment })).rejects.toThrow(
    "is not empty and has no experiment.json",
  );
  expect(readdirSync(dir)).toEqual(["thesis.tex"]);
  writeFileSync(join(dir, "experiment.json"), '{"schema":7}');
  await expect(ResultsFolder.open(dir)).rejects.toThrow("experiment.json is not of this format (schema: ");
  writeFileSync(join(dir, "experiment.json"), "");
  await expect(ResultsFolder.open(dir)).rejects.toThrow("experiment.json is not JSON");
});

test("a draft left by a runner that was killed while it began the folder is no obstacle", async () => {
  const dir = temporaryFolder();
  mkdirSync(dir);
  writeFileSync(join(dir, "experiment.json.4711.draft"), '{"schema"');
  expect((await ResultsFolder.open(dir, { create: experiment })).experiment).toEqual(experiment);
});

test("refuses another experiment and another class of machine", async () => {
  const { dir } = await begun();
  const open = (change: Partial<typeof experiment>, mixed?: boolean) =>
    ResultsFolder.open(dir, { create: { ...experiment, ...change }, ...(mixed !== undefined && { mixed }) });
  await expect(open({ name: "other" })).rejects.toThrow('holds another experiment ("demo", not "other")');
  await expect(open({ trials: ["a", "b"] })).rejects.toThrow("2 of yours are not in it, 1 of its are not in yours");
  const machine = { ...experiment.machine, cores: 64 };
  await expect(open({ machine })).rejects.toThrow("begun on another class of machine (cores 2 and 64)");
  expect((await open({ machine }, true)).experiment.machine.cores).toBe(2);
  expect((await open({ at: "2027-01-01T00:00:00Z", commit: "abc" })).experiment.at).toBe(at);
});

test("a refused write is one sentence and leaves a whole log", async () => {
  const { folder } = await begun();
  expect(() => folder.append(first)).toThrow("before appending to it");
  const invalid = { ...sample(0), seconds: -1 } as Parameters<ResultsFolder["append"]>[0];
  folder.lock();
  expect(() => folder.append(invalid)).toThrow();
  folder.append(first);
  folder.unlock();
  expect((await ResultsFolder.open(folder.dir)).records()).toEqual([first]);
});

test("names the path that cannot be made", async () => {
  const file = temporaryFolder();
  writeFileSync(file, "");
  await expect(ResultsFolder.open(join(file, "below"), { create: experiment })).rejects.toThrow(
    "a part of the path is a file, not a folder",
  );
});

test("the fingerprint of a machine is a valid and stable one", () => {
  const machine = machineFingerprint();
  expect(machine).toEqual(machineFingerprint());
  expect(machine.memoryBytes % 2 ** 30).toBe(0);
  expect(machine.cores).toBeGreaterThan(0);
});

test("the state of a trial: missing repeats, finished, failed", () => {
  const state = (...records: Parameters<ResultsFolder["append"]>[0][]) =>
    trialState([first, ...records]).get(first.trial);
  expect(state()).toMatchObject({ samples: [], missing: [0, 1, 2], finished: false });
  expect(state(sample(2), sample(0), sample(2, 9))).toMatchObject({ samples: [0.001, 0.003], missing: [1] });
  expect(state(sample(0), sample(1), sample(2))?.finished).toBe(false);
  expect(state(memory, sample(0), sample(1), sample(2))).toMatchObject({ finished: true, missing: [] });
  const failure = { kind: "failure", trial: first.trial, status: "time-limit", message: "too slow", at } as const;
  expect(state(sample(0), failure)).toMatchObject({ finished: true, missing: [], failure });
  const anew = state(sample(0), failure, first);
  expect(anew).toMatchObject({ finished: false, samples: [0.001], missing: [1, 2] });
  expect(anew).not.toHaveProperty("failure");
  expect(() => trialState([sample(0)])).toThrow("line 1 names a trial without a first line");
});
