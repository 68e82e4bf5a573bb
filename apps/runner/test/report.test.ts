import { appendFileSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ResultsFolder, type LogRecord } from "@attention-lab/results";
import { experimentRecord, plan } from "@attention-lab/sweep";
import { afterEach, beforeEach, expect, test } from "vitest";
import smoke from "../../../experiments/smoke.ts";
import { attn } from "./attn.ts";

let dir = "";
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), "attn-"))));
afterEach(() => rmSync(dir, { recursive: true }));

/** A finished folder without measuring: full costs n^2, everything else n; identity at 128 ran out of memory. */
async function finishedFolder(): Promise<void> {
  const planned = plan(smoke, ["variant=full,performer,identity"], { backend: "cpu", engine: "none", threads: 1 });
  const folder = await ResultsFolder.open(dir, { create: experimentRecord(planned, null) });
  const at = new Date(0).toISOString();
  folder.lock();
  for (const { id: trial, config, predicted } of planned.trials) {
    folder.append({ kind: "trial", trial, config, predicted, at });
    const records: LogRecord[] = [{ kind: "memory", trial, peakBytes: 8 * config.length, residentBytes: 1e8, at }];
    const seconds = config.variant === "full" ? config.length ** 2 * 1e-6 : config.length * 6e-5;
    for (let repeat = 0; repeat < config.repeats; repeat++) {
      records.push({ kind: "sample", trial, repeat, seconds: seconds * (1 + 0.01 * repeat), at });
    }
    const fails = config.variant === "identity" && config.length === 128;
    if (fails) folder.append({ kind: "failure", trial, status: "out-of-memory", message: "too long", at });
    else for (const record of records) folder.append(record);
  }
  folder.unlock();
}

test("prints JSON of the documented shape, fits and crossovers", async () => {
  await finishedFolder();
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
  await finishedFolder();
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
