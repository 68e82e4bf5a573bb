import type * as nodeFs from "node:fs";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { RunFolder } from "../src/training/run-folder.ts";
import { runOf } from "../src/training/train-options.ts";

/** A disk that refuses every write while it has a code. */
const disk = vi.hoisted(() => ({ code: "" }));
vi.mock("node:fs", async (original) => {
  const fs = await original<typeof nodeFs>();
  const writeSync = (file: number, bytes: Uint8Array, ...rest: []) => {
    if (disk.code !== "") throw Object.assign(new Error("no"), { code: disk.code });
    return fs.writeSync(file, bytes, ...rest);
  };
  return { ...fs, writeSync };
});

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "attn-run-"));
});
afterEach(() => {
  disk.code = "";
  rmSync(dir, { recursive: true });
});
const run = runOf({});
const stepsOf = () =>
  readFileSync(join(dir, "metrics.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => (JSON.parse(line) as { step: number }).step);

test("a full disk is one sentence, and the checkpoint before it stays whole", () => {
  const folder = new RunFolder(dir, run);
  folder.resume(0);
  folder.replace("checkpoint.safetensors", Uint8Array.of(1, 2, 3));
  disk.code = "ENOSPC";
  const full = "the disk is full; free some space and run again, nothing that was finished is lost";
  expect(() => folder.replace("checkpoint.safetensors", Uint8Array.of(4))).toThrow(
    `train: cannot write ${join(dir, "checkpoint.safetensors")}: ${full}`,
  );
  expect(() => folder.tell("train", { step: 1, loss: 2 })).toThrow(full);
  disk.code = "";
  expect([...(new RunFolder(dir, run).checkpoint ?? [])]).toEqual([1, 2, 3]);
});

test("a read-only folder is one sentence", () => {
  disk.code = "EROFS";
  expect(() => new RunFolder(dir, run)).toThrow("the file system is read-only; choose another folder");
});

test("continuing takes back what was told of later steps, and a torn last line", () => {
  const folder = new RunFolder(dir, run);
  folder.resume(0);
  for (const step of [1, 2, 3, 4]) folder.tell("train", { step, loss: 1 / step });
  folder.close();
  appendFileSync(join(dir, "metrics.jsonl"), '{"kind":"train","st');
  const again = new RunFolder(dir, run);
  again.resume(2);
  again.tell("train", { step: 3, loss: 0.5 });
  again.close();
  expect(stepsOf()).toEqual([1, 2, 3]);
});

test("a folder of another run says what differs; a killed writer's draft is cleared away", () => {
  writeFileSync(join(dir, "checkpoint.safetensors.77.draft"), "half");
  expect(new RunFolder(dir, run).checkpoint).toBeUndefined();
  expect(() => new RunFolder(dir, runOf({ steps: 7 }))).toThrow(
    /holds another run \(schedule\.warmup is 30 there and 1 here\)/,
  );
  expect(() => readFileSync(join(dir, "checkpoint.safetensors.77.draft"))).toThrow("ENOENT");
});
