import { readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { onDisk, ResultsFolder, writeAtomically } from "@attention-lab/results/store";
import { expect, test } from "vitest";
import { experiment, first, sample } from "./store-fixtures.ts";
import { noSmallDisk, smallDisk } from "./small-disk.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const page = 4096;
const full = "the disk is full; free some space and run again, nothing that was finished is lost";

test("a real disk that fills at any place of the log: every acknowledged record stays, and the next one follows", async ({
  skip,
}) => {
  skip(noSmallDisk !== undefined, noSmallDisk);
  const disk = smallDisk(512);
  const dir = join(disk.path, "cost");
  const folder = await ResultsFolder.open(dir, { create: experiment });
  folder.lock();
  folder.append(first);
  let [repeat, refused] = [0, 0];
  for (let free = 0; free < 12 * page; free += page) {
    disk.fill(free);
    for (;;) {
      try {
        folder.append(sample(repeat, 1));
        repeat++;
      } catch (error) {
        refused++;
        expect(String(error)).toBe(`Error: results folder: cannot write ${join(dir, "log.jsonl")}: ${full}`);
        break;
      }
    }
    const acknowledged = [first, ...Array.from({ length: repeat }, (_, i) => sample(i, 1))];
    expect((await ResultsFolder.open(dir)).records()).toEqual(acknowledged);
  }
  disk.free();
  folder.append(sample(repeat, 1));
  folder.unlock();
  expect(refused).toBe(12);
  expect((await ResultsFolder.open(dir)).records()).toHaveLength(repeat + 2);
  expect(readFileSync(join(dir, "log.jsonl"), "utf8").split("\n")).toHaveLength(repeat + 3);
  console.log(
    `cost folder on a full disk: ${refused} refusals among ${repeat + 1} records, 0 lost, 0 doubled, 0 wrong`,
  );
});

test("a folder on a disk that is full from the beginning is not begun by half, nor left locked", async ({ skip }) => {
  skip(noSmallDisk !== undefined, noSmallDisk);
  const disk = smallDisk(512);
  const dir = join(disk.path, "cost");
  disk.fill(0);
  await expect(ResultsFolder.open(dir, { create: experiment })).rejects.toThrow(full);
  disk.free();
  const folder = await ResultsFolder.open(dir, { create: experiment });
  disk.fill(0);
  expect(() => folder.lock()).toThrow(full);
  expect(readdirSync(dir)).toEqual(["experiment.json"]);
  disk.free();
  folder.lock();
  folder.append(first);
  folder.unlock();
});

test("a read-only disk is one sentence, whether a folder is made, locked or written, and is read all the same", async ({
  skip,
}) => {
  skip(noSmallDisk !== undefined, noSmallDisk);
  const disk = smallDisk(512);
  const dir = join(disk.path, "a/b/cost");
  disk.setReadOnly(true);
  const refusal = /^results folder: cannot \w+ .*: the file system is read-only; choose another folder$/;
  await expect(ResultsFolder.open(dir, { create: experiment })).rejects.toThrow(refusal);
  disk.setReadOnly(false);
  const folder = await ResultsFolder.open(dir, { create: experiment });
  folder.lock();
  folder.append(first);
  folder.unlock();
  disk.setReadOnly(true);
  expect(() => folder.lock()).toThrow(refusal);
  expect((await ResultsFolder.open(dir)).records()).toEqual([first]);
});

test("a log that is deleted while it is written to is told, and not written on into nowhere", async () => {
  const dir = temporaryFolder();
  const folder = await ResultsFolder.open(dir, { create: experiment });
  folder.lock();
  folder.append(first);
  rmSync(dir, { recursive: true });
  expect(() => folder.append(sample(0))).toThrow(
    `results log: ${join(dir, "log.jsonl")} was deleted while it was written to; run again to measure anew`,
  );
  folder.unlock();
});

test("refusals that have no words of ours keep those of the system", () => {
  const missing = Object.assign(new Error("ENOENT: no such file"), { code: "ENOENT" });
  const refuse = (): never => {
    throw missing;
  };
  expect(() => onDisk("read", "x", refuse)).toThrow(missing);
  const parent = join(temporaryFolder(), "not there");
  expect(() => writeAtomically(join(parent, "file"), "text")).toThrow(/^ENOENT/);
});
