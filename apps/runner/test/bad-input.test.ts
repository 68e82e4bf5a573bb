import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { attn, smoke, start } from "./attn.ts";

let dir = "";
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "attn-"));
  const shape = { name: "x", question: "?", baseline: "full", lengths: [8], phases: ["forward"], heads: 1, headDim: 4 };
  const write = (name: string, content: unknown): void =>
    writeFileSync(join(dir, name), typeof content === "string" ? content : JSON.stringify(content));
  write("typo.json", { ...shape, variants: [{ name: "full" }], repeat: 3 });
  write("option.json", {
    ...shape,
    variants: [{ name: "longformer", before: 4, after: 4, dilatoin: 2 }],
    baseline: "longformer",
  });
  write("length.json", { ...shape, variants: [{ name: "full" }], lengths: [0] });
  write("broken.json", "{ name: ");
  write("empty.mjs", "export const nothing = 1;");
  write("throws.mjs", "throw new Error('this file\\nis broken');");
  write("notes.txt", "hello");
  mkdirSync(join(dir, "foreign"));
  writeFileSync(join(dir, "foreign", "photo.jpg"), "");
});
afterAll(() => rmSync(dir, { recursive: true }));

const cpu = ["--backend", "cpu"];
const file = (name: string): string => join(dir, name);

describe("bad input is one sentence and exit code 2", () => {
  const cases: [what: string, args: () => string[], sentence: RegExp][] = [
    ["an unknown command", () => ["swep"], /unknown command 'swep'.*Did you mean sweep/],
    ["an unknown option", () => ["list", "--jsn"], /unknown option '--jsn'.*Did you mean --json/],
    ["a missing argument", () => ["plan"], /missing required argument 'file'/],
    ["a missing folder", () => ["sweep", smoke], /required option '--out <dir>' not specified/],
    ["a missing file", () => ["plan", file("none.ts")], /none\.ts: there is no such experiment file/],
    [
      "another kind of file",
      () => ["plan", file("notes.txt")],
      /extension must be one of \.ts, \.mts, \.mjs, \.js, \.json, \.yaml, \.yml, got "\.txt"/,
    ],
    ["broken JSON", () => ["plan", file("broken.json")], /broken\.json: .*JSON/],
    ["a module without default export", () => ["plan", file("empty.mjs")], /must have a default export/],
    ["a module that throws", () => ["plan", file("throws.mjs")], /throws\.mjs: this file is broken/],
    [
      "a typo in a key",
      () => ["plan", file("typo.json")],
      /key must be one of name, .*did you mean repeats\?.*got "repeat"/,
    ],
    [
      "a typo in an option",
      () => ["plan", file("option.json")],
      /longformer attention: options are .*did you mean "dilation".*got "dilatoin"/,
    ],
    ["a length of 0", () => ["plan", file("length.json")], /length\.json: experiment: lengths.*got 0/],
    [
      "a length of 0 on the command line",
      () => ["plan", smoke, "length=0", ...cpu],
      /override length: must be a positive integer/,
    ],
    [
      "an unknown variant",
      () => ["plan", smoke, "variant=perfomer", ...cpu],
      /did you mean performer\?.*got "perfomer"/,
    ],
    ["an unknown override", () => ["plan", smoke, "lenght=8", ...cpu], /did you mean length\?.*got "lenght"/],
    [
      "an unknown backend",
      () => ["plan", smoke, "--backend", "natve"],
      /--backend: value must be one of auto.*did you mean native\?/,
    ],
    ["a bad thread count", () => ["plan", smoke, "--threads", "0"], /--threads: must be a whole number from 1/],
    [
      "causal linformer",
      () => ["train", "--variant", "linformer", ...cpu],
      /linformer attention cannot honour "causal": .*future/,
    ],
    ["an unknown variant to train", () => ["train", "--variant", "ful", ...cpu], /did you mean full\?/],
    ["no steps", () => ["train", "--steps", "0"], /--steps: must be a whole number of at least 1, got "0"/],
    ["an option without value", () => ["train", "--with", "features", ...cpu], /form KEY=VALUE, got "features"/],
  ];
  test.each(cases)("%s", async (_, args, sentence) => {
    const { code, out, err } = await attn(...args());
    expect(err).toMatch(sentence);
    expect(err.trim()).not.toContain("\n");
    expect(err).toMatch(/^attn: /);
    expect(out).toBe("");
    expect(code).toBe(2);
  });
});

describe("a folder that is not what it should be is one sentence and a non-zero exit code", () => {
  const cases: [what: string, args: () => string[], sentence: RegExp][] = [
    ["report of nothing", () => ["report", file("none")], /none/],
    ["report of a foreign folder", () => ["report", file("foreign")], /not a results folder/],
    ["sweep into a foreign folder", () => ["sweep", smoke, "--out", file("foreign"), ...cpu], /not a results folder/],
  ];
  test.each(cases)("%s", async (_, args, sentence) => {
    const { code, err } = await attn(...args());
    expect(err).toMatch(sentence);
    expect(err.trim()).not.toContain("\n");
    expect(code).toBeGreaterThan(0);
  });
});

test("a stack trace is printed with --debug and only then", async () => {
  expect((await attn("plan", file("length.json"))).err).not.toContain("    at ");
  expect((await attn("plan", file("length.json"), "--debug")).err).toContain("    at ");
});

test("the process itself ends with the code", async () => {
  const { code, out, err } = await start("plan", file("length.json")).ended;
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err).toMatch(/^attn: .*got 0\n$/);
});
