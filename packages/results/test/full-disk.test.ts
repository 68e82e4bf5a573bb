import type * as nodeFs from "node:fs";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ResultsFolder } from "@attention-lab/results";
import { expect, test, vi } from "vitest";
import { experiment, first, sample } from "./store-fixtures.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** A disk that takes only so many more bytes, one write at a time, as a real one does. */
const disk = vi.hoisted(() => ({ free: Number.POSITIVE_INFINITY, code: "ENOSPC" }));
vi.mock("node:fs", async (original) => {
  const fs = await original<typeof nodeFs>();
  const writeSync = (file: number, bytes: Uint8Array, offset = 0) => {
    const taken = Math.min(bytes.length - offset, disk.free);
    if (taken === 0) throw Object.assign(new Error("no"), { code: disk.code });
    disk.free -= taken;
    return fs.writeSync(file, bytes, offset, taken);
  };
  return { ...fs, writeSync };
});

test("a disk that fills in the middle of a record: one sentence, the log stays whole, the next append works", async () => {
  const dir = temporaryFolder();
  const folder = await ResultsFolder.open(dir, { create: experiment });
  folder.lock();
  folder.append(first);
  const before = readFileSync(join(dir, "log.jsonl"), "utf8");
  for (const free of [0, 1, 40]) {
    disk.free = free;
    expect(() => folder.append(sample(0))).toThrow(
      `results folder: cannot write ${join(dir, "log.jsonl")}: the disk is full; free some space and run again, nothing that was finished is lost`,
    );
    expect(readFileSync(join(dir, "log.jsonl"), "utf8")).toBe(before);
  }
  disk.free = Number.POSITIVE_INFINITY;
  folder.append(sample(0));
  folder.unlock();
  expect((await ResultsFolder.open(dir)).records()).toEqual([first, sample(0)]);
});

test("a folder cannot be begun where nothing may be written, and no half of it stays", async () => {
  const dir = temporaryFolder();
  disk.free = 10;
  disk.code = "EACCES";
  await expect(ResultsFolder.open(dir, { create: experiment })).rejects.toThrow(
    "permission denied; choose a folder that you may write",
  );
  disk.free = Number.POSITIVE_INFINITY;
  expect((await ResultsFolder.open(dir, { create: experiment })).experiment).toEqual(experiment);
});
