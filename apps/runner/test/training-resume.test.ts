import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { start } from "./attn.ts";

let dir = "";
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "attn-resume-"));
});
afterAll(() => rmSync(dir, { recursive: true }));

const size = ["--length", "8", "--batch", "2", "--layers", "1", "--heads", "2", "--d-model", "8", "--sample", "0"];
const task = ["--task", "letters:length=8", "--variant", "full", "--dropout", "0.1", "--accumulate", "2"];
const when = ["--steps", "100", "--checkpoint-every", "10", "--evaluate-every", "25"];
const train = (out: string) => start("train", ...task, ...size, ...when, "--backend", "cpu", "--out", out);
const steps = (folder: string): number[] => {
  const lines = readFileSync(join(folder, "metrics.jsonl"), "utf8").trimEnd().split("\n");
  const all = lines.map((line) => JSON.parse(line) as { kind: string; step: number });
  return all.filter(({ kind }) => kind === "train").map(({ step }) => step);
};
const stepsSoFar = (folder: string): number => {
  try {
    return readFileSync(join(folder, "metrics.jsonl"), "utf8").split("\n").length;
  } catch {
    return 0;
  }
};

test("100 steps equal 50, a crash, and the rest, bit for bit", async () => {
  const [whole, broken] = [join(dir, "whole"), join(dir, "broken")];
  expect((await train(whole).ended).code).toBe(0);
  const first = train(broken);
  while (stepsSoFar(broken) < 50) await setTimeout(5);
  process.kill(-(first.child.pid ?? 0), "SIGKILL");
  await first.ended;
  const second = await train(broken).ended;
  expect(second.err).toMatch(/from step [4-9]0\b/);
  expect(second.code).toBe(0);
  for (const file of ["checkpoint.safetensors", "best.safetensors", "run.json"]) {
    expect(readFileSync(join(broken, file)).equals(readFileSync(join(whole, file)))).toBe(true);
  }
  expect(steps(broken)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
  expect(readdirSync(broken).filter((name) => name.startsWith("events.out.tfevents"))).toHaveLength(2);
  expect(readdirSync(broken).filter((name) => name.endsWith(".draft"))).toEqual([]);
}, 240_000);
