import { appendFileSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { attn } from "./attn.ts";
import { finishedFolder } from "./finished-folder.ts";

let dir = "";
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), "attn-"))));
afterEach(() => rmSync(dir, { recursive: true }));

test("prints JSON of the documented shape, fits and crossovers", async () => {
  await finishedFolder(dir);
  const { code, out } = await attn("report", dir, "--json", "--no-write");
  expect(code).toBe(0);
  const { machine, curves } = JSON.parse(out) as {
    machine: object;
    curves: {
      variant: string;
      phase: string;
      points: object[];
      exponents: { time: { value: number } };
      crossover: { length: number } | null;
    }[];
  };
  expect(machine).toMatchObject({ cores: expect.any(Number) });
  expect(curves.map(({ variant, phase }) => `${variant} ${phase}`).toSorted()).toEqual(
    ["full", "performer", "identity"].flatMap((variant) => [`${variant} forward`, `${variant} step`]).toSorted(),
  );
  for (const { points } of curves) {
    expect(points).toHaveLength(3);
    for (const point of points)
      expect(Object.keys(point)).toEqual(
        expect.arrayContaining(["length", "seconds", "low", "high", "peakBytes", "status"]),
      );
  }
  const performer = curves.find(({ variant }) => variant === "performer");
  expect(performer?.exponents.time.value).toBeCloseTo(1, 1);
  expect(performer?.crossover?.length).toBeCloseTo(60, -1);
  expect(curves.find(({ variant }) => variant === "identity")?.points[2]).toMatchObject({ status: "out-of-memory" });
  expect(readdirSync(dir).toSorted()).toEqual(["experiment.json", "log.jsonl"]);
});

test("writes table, pictures and page, and bears a truncated last line", async () => {
  await finishedFolder(dir);
  appendFileSync(join(dir, "log.jsonl"), '{"kind":"sample","trial":"');
  const { code, out } = await attn("report", dir);
  expect(code).toBe(0);
  expect(out).toContain("performer");
  expect(out).not.toContain("\u001B");
  const page = readFileSync(join(dir, "index.html"), "utf8");
  expect(page).toMatch(/^<!doctype html>/i);
  expect(page).not.toMatch(/(src|href)="https?:/);
  expect(readFileSync(join(dir, "report.md"), "utf8")).toContain("| performer |");
  for (const name of ["cost-forward", "cost-step", "memory-forward"]) {
    expect(readFileSync(join(dir, `${name}.svg`), "utf8")).toContain("<svg");
    expect(
      readFileSync(join(dir, `${name}.png`))
        .subarray(1, 4)
        .toString(),
    ).toBe("PNG");
  }
});
