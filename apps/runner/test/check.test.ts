import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Finding } from "@attention-lab/attention/testkit";
import { afterEach, describe, expect, test } from "vitest";
import { attn, smoke, start } from "./attn.ts";

const file = fileURLToPath(new URL("outside/averaged.ts", import.meta.url));
// A failed check is told by the exit code of this process, which is not vitest's to end with.
afterEach(() => void (process.exitCode = undefined));

const check = (...more: string[]) => attn("check", ...more, "--backend", "cpu");
const withFault = (fault: string) => check(file, "--options", JSON.stringify({ fault }), "--json");
const findingsOf = (out: string) => (JSON.parse(out) as { findings: Finding[] }).findings;

describe("attn check on a user's file", () => {
  test("prints a line for each check and a verdict, and ends with 0 when all are ok", async () => {
    const { out, code } = await check(file);
    expect(code).toBe(0);
    const lines = out.split("\n");
    expect(lines.at(-1)).toMatch(/^averaged: all (\d+) checks ok \(cpu, 1 thread\)$/);
    expect(lines.length).toBeGreaterThan(50);
    for (const line of lines.slice(0, -1)) expect(line).toMatch(/^ok {6}\S.*: .+/);
    for (const about of [
      "causal, length 17",
      "4 heads over 2",
      "5 queries over 8 keys",
      "padding",
      "no future leak",
      "refuses stepwise",
    ])
      expect(out).toContain(about);
  });

  const faults: [fault: string, noticed: string, detail: RegExp][] = [
    ["future", "no future leak, changes scaled 1x", /output \d+ moved by .* when position \d+ changed/],
    ["operations", "cost, not causal: operations as counted", /at length 256: declared 21845, measured 65536/],
    ["leak", "no leaked tensor, not causal", /attend leaves 1/],
    ["padding", "padding, not causal: its contents do not matter", /contents times 0: got .* want/],
    ["normaliser", "outputs, not causal, length 7", /got .* want .* at \[/],
    ["grouped", "outputs, not causal, 4 heads over 2 key-value heads", /got .* want/],
  ];
  test.each(faults)("finds the fault %s, and ends with 1", async (fault, noticed, detail) => {
    const { out, code } = await withFault(fault);
    expect(code).toBe(1);
    const finding = findingsOf(out).find(({ check: name }) => name === noticed);
    expect(finding).toMatchObject({ ok: false, detail: expect.stringMatching(detail) });
  });

  test("a fault of one kind does not fail the checks of another", async () => {
    const failed = findingsOf((await withFault("grouped")).out).filter(({ ok }) => !ok);
    expect(failed).toHaveLength(4);
    for (const { check: name } of failed) expect(name).toContain("key-value heads");
  });
});

test("the variant of docs/adding-a-variant.md is a file here, and passes", async () => {
  const example = fileURLToPath(new URL("outside/cosformer.ts", import.meta.url));
  const walk = readFileSync(new URL("../../../docs/adding-a-variant.md", import.meta.url), "utf8");
  expect(walk).toContain(readFileSync(example, "utf8"));
  expect((await check(example)).out).toMatch(/cosformer: all \d+ checks ok/);
});

test("a variant of the catalogue is checked with options that suit short sequences", async () => {
  const { out, code } = await check("performer", "--json");
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ variant: "performer", options: { features: 16 } });
});

describe("bad input is one sentence", () => {
  const cases: [args: string[], sentence: RegExp][] = [
    [["perfomer"], /^attn: attention: name must be one of .*did you mean performer\?/],
    [["./absent.ts"], /^attn: variant \.\/absent\.ts: there is no such file, looked for \//],
    [[file, "--options", "rank=8"], /^attn: .*--options.* must be a JSON object such as .*got "rank=8"/],
    [[file, "--options", '{"fault":"futur"}'], /averaged attention: fault must be .*did you mean "future"/],
    [[], /^attn: missing required argument 'variant'/],
  ];
  test.each(cases)("%j", async (args, sentence) => {
    const { err, code } = await check(...args);
    expect(err).toMatch(sentence);
    expect(err.trim().split("\n")).toHaveLength(1);
    expect(code).toBe(2);
  });
});

test("a lone file where nothing is installed is planned, measured and checked", async () => {
  const folder = mkdtempSync(join(tmpdir(), "attn-lone-"));
  try {
    const lone = join(folder, "mine.ts");
    copyFileSync(file, lone);
    const checked = await start("check", lone, "--backend", "cpu").ended;
    expect([checked.err, checked.code]).toEqual(["", 0]);
    const results = join(folder, "results");
    const words = [`variant=full,${lone}`, "length=32", "phase=forward", "repeats=1", "--backend", "cpu", "--json"];
    const swept = await start("sweep", smoke, ...words, "--out", results).ended;
    expect(JSON.parse(swept.out)).toMatchObject({ done: 2, failed: 0, total: 2 });
    // The same folder and an edited file: another experiment, so nothing old is mistaken for new.
    writeFileSync(lone, "\n// edited\n", { flag: "a" });
    const edited = await start("sweep", smoke, ...words, "--out", results).ended;
    expect(edited.code).not.toBe(0);
    expect(edited.err).toMatch(/another experiment|other trials|different/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
