import { median } from "@attention-lab/results";
import { describe, expect, test } from "vitest";
import { type Case, label, operations } from "../src/contestant.ts";
import { sideBySide } from "../src/side-by-side.ts";
import { jsonRows } from "../src/json-rows.ts";
import { suites } from "../src/suites.ts";
import { decoderTable, table, variantTable } from "../src/table.ts";
import { torch } from "../src/torch.ts";

const gemm: Case = { kind: "gemm", m: 10, n: 20, k: 30 };

/** Answers 1, 2, 3, ... times its factor and notes when it was asked. */
function fake(name: string, factor: number, log: string[]) {
  let calls = 0;
  return { name, time: async () => (log.push(name), ++calls * factor), close: () => {} };
}

describe("sideBySide", () => {
  test("asks in turn, does not count the first round, and takes medians", async () => {
    const log: string[] = [];
    const [row] = await sideBySide([gemm], [fake("a", 1, log), fake("b", 10, log)], 3);
    expect(log.join("")).toBe("abababab");
    expect(row?.seconds).toEqual({ a: 3, b: 30 });
  });
  test("the median of an even number of samples is between the middle two", () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });
});

test("operations count multiply-adds twice, half of them when causal, and 3.5 times as many in a step", () => {
  expect(operations(gemm)).toBe(12_000);
  const forward = operations({ kind: "attention", length: 100, causal: false, backward: false });
  expect(forward).toBe(4 * 64 * 4 * 100 * 100);
  expect(operations({ kind: "attention", length: 100, causal: true, backward: true })).toBe((forward / 2) * 3.5);
});

test("the table names every contestant and gives ratios to the first", () => {
  const text = table([{ of: gemm, seconds: { ours: 0.001, theirs: 0.0025 }, resident: {} }], ["ours", "theirs"]);
  expect(text).toContain(label(gemm));
  expect(text).toContain("2.50x");
  expect(text).toContain("vs theirs");
});

const [train] = suites["train"]?.all ?? [];

test("the table of decoders gives tokens per second and resident memory", () => {
  const row = { of: train!, seconds: { ours: 0.001, theirs: 0.002 }, resident: { ours: 2 ** 20, theirs: 2 ** 22 } };
  expect(decoderTable([row], ["ours", "theirs"]).split("\n")[1]).toMatch(
    / 1\.00 +256000 +2\.00 +128000 +2\.00x +1 +4$/,
  );
});

test("rows for other programs pair every engine with every peer that took the case", () => {
  const row = { of: gemm, seconds: { native: 0.001, wasm: 0.004, torch: 0.002 }, resident: {} };
  const names = { ours: ["native", "wasm"], peers: ["torch", "stock"], peaks: { native: 0.024 } };
  const [native, wasm, ...none] = jsonRows("gemm", [row], names);
  expect(native).toEqual({
    bench: "gemm",
    case: label(gemm),
    engine: "native",
    peer: "torch",
    oursMs: 1,
    theirsMs: 2,
    ratio: 2,
    percentOfPeak: 50,
  });
  expect(wasm).toMatchObject({ engine: "wasm", ratio: 0.5, percentOfPeak: null });
  expect(none).toEqual([]);
});

test("sideBySide leaves a contestant out of cases it does not cover", async () => {
  const log: string[] = [];
  const picky = { ...fake("b", 1, log), covers: () => false };
  const [row] = await sideBySide([gemm], [fake("a", 1, log), picky], 1);
  expect(Object.keys(row?.seconds ?? {})).toEqual(["a"]);
});

test("the table of variants compares with full where full was measured", () => {
  const rows = [
    { name: "full", seconds: { 1024: 0.01, 2048: 0.04 }, exponent: 2, memory: { declared: 1, measured: 1.01 } },
    {
      name: "linear",
      seconds: { 1024: 0.01, 2048: 0.02, 4096: 0.04 },
      exponent: 1,
      memory: { declared: Number.NaN, measured: 1 },
      rival: { name: "theirs 1.0", seconds: { 1024: 0.02, 2048: 0.08, 4096: 0.04 } },
    },
  ];
  const [header, full, linear] = variantTable(rows).split("\n");
  expect(header).toContain("vs full at 2048");
  expect(full).toMatch(/^full +10\.0 +40\.0 +- +1\.0x +2\.00 +1\.00 +1\.01 +- +- +- +-$/);
  expect(linear).toMatch(/^linear +10\.0 +20\.0 +40\.0 +2\.0x +1\.00 +- +1\.00 +0\.50 +0\.25 +1\.00 +theirs 1\.0$/);
  expect(variantTable(rows.slice(0, 1))).not.toContain("theirs");
});

test("a machine without PyTorch is no error", async () => {
  expect(await torch("python-that-does-not-exist")).toBeUndefined();
});
