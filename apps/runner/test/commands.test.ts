import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { attn, smoke } from "./attn.ts";

describe("plan", () => {
  test("prints JSON of the documented shape", async () => {
    const { code, out } = await attn("plan", smoke, "causal=true", "length=32", "--json", "--backend", "cpu");
    const { trials, skipped } = JSON.parse(out) as {
      trials: Record<string, unknown>[];
      skipped: Record<string, unknown>[];
    };
    expect(code).toBe(0);
    expect(trials).toHaveLength(8);
    for (const trial of trials)
      expect(trial).toMatchObject({ id: expect.stringMatching(/^[0-9a-f]{64}$/), config: { length: 32 } });
    expect(skipped).toHaveLength(2);
    for (const each of skipped) {
      expect(each).toMatchObject({
        config: { variant: "linformer" },
        because: expect.stringMatching(/causal.*future/),
      });
    }
  });

  test("prints a table for people", async () => {
    const { out } = await attn("plan", smoke, "causal=true", "--backend", "cpu");
    expect(out).toContain("24 trials, 6 skipped, 3 repeats each");
    expect(out).toMatch(/linformer +step +128 +linformer attention cannot honour "causal"/);
  });
});

describe("list", () => {
  test("has a part for variants, positions, models, strategies and tasks", async () => {
    const { out } = await attn("list");
    for (const word of ["performer", "shaw", "encoder-decoder", "beam", "associative-recall"])
      expect(out).toContain(word);
    const tasks = JSON.parse((await attn("list", "tasks", "--json")).out) as { task: string }[];
    expect(tasks.map(({ task }) => task)).toContain("copy");
    expect((await attn("list", "taks")).err).toMatch(/Allowed choices are variants, positions/);
  });

  test("prints the sentences", async () => {
    const { out, code } = await attn("list");
    expect(code).toBe(0);
    expect(out).toMatch(/no causal: the length projection mixes future positions/);
  });

  test("prints JSON of the documented shape", async () => {
    const table = JSON.parse((await attn("list", "--json")).out) as { variant: string }[];
    expect(table.find(({ variant }) => variant === "full")).toMatchObject({
      paper: expect.stringContaining("Vaswani"),
      version: 1,
      supports: { causal: true },
    });
  });
});

test("doctor names the machine, every backend and the choice", async () => {
  const { out, code } = await attn("doctor", "--json", "--backend", "cpu");
  const { machine, backends, chosen } = JSON.parse(out) as Record<string, Record<string, unknown>>;
  expect(code).toBe(0);
  expect(machine).toMatchObject({ cores: expect.any(Number), memoryBytes: expect.any(Number) });
  expect(backends).toContainEqual(expect.objectContaining({ name: "cpu", available: true }));
  expect(chosen).toMatchObject({ name: "cpu", why: expect.any(String) });
  expect((await attn("doctor", "--backend", "cpu")).out).toContain("a sweep would use cpu");
});

describe("train", () => {
  const size = ["--length", "16", "--batch", "2", "--layers", "1", "--heads", "2", "--d-model", "16", "--sample", "12"];
  const train = (...more: string[]) =>
    attn(
      "train",
      "--variant",
      "longformer",
      "--with",
      "before=4",
      "--steps",
      "6",
      ...size,
      "--json",
      "--backend",
      "cpu",
      ...more,
    );
  const read = (out: string) =>
    JSON.parse(out) as { losses: { step: number; loss: number }[]; steps: number; text: string };

  test("learns, writes text, and the same seed gives the same numbers", async () => {
    const [first, second] = [await train(), await train()];
    expect(first.code).toBe(0);
    const trained = read(first.out);
    expect(trained).toMatchObject({ variant: "longformer", steps: 6, validation: { bitsPerByte: expect.any(Number) } });
    expect(trained.losses.at(-1)?.loss).toBeLessThan(trained.losses[0]?.loss ?? 0);
    expect([read(second.out).losses, read(second.out).text]).toEqual([trained.losses, trained.text]);
  });

  test("keeps its files, goes on from them, and refuses those of another run", async () => {
    const dir = mkdtempSync(join(tmpdir(), "attn-"));
    try {
      expect((await train("--out", dir)).code).toBe(0);
      const files = readdirSync(dir).map((name) => name.replace(/^(events\.out\.tfevents)\..*/, "$1"));
      expect(files.toSorted()).toEqual([
        "checkpoint.safetensors",
        "events.out.tfevents",
        "metrics.jsonl",
        "run.json",
        "sample.txt",
      ]);
      expect(read((await train("--out", dir)).out)).toMatchObject({ steps: 6, losses: [] });
      const other = await train("--out", dir, "--seed", "2");
      expect(other.err).toMatch(/holds another run \(seed is 1 there and 2 here\)/);
      expect(other.code).toBe(1);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});

test("help names every command", async () => {
  const { out, code } = await attn("--help");
  expect(code).toBe(0);
  for (const command of ["plan", "sweep", "report", "train", "list", "doctor"]) expect(out).toContain(`  ${command} `);
});
