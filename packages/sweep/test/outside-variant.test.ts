import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { ResultsFolder } from "@attention-lab/results";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  experimentRecord,
  isOutside,
  loadOutside,
  parseExperiment,
  plan,
  run,
  withOutsideVariants,
} from "../src/index.ts";
import { cpuBackend, fromSource, smallExperiment } from "./small.ts";

const folder = fileURLToPath(new URL("outside/", import.meta.url));
const file = join(folder, "copied.ts");
let scratch = "";
beforeAll(() => void (scratch = mkdtempSync(join(folder, "scratch-"))));
afterAll(() => rmSync(scratch, { recursive: true }));

const here = (name: string) => `variant=full,${relative(process.cwd(), join(folder, name))}`;
const planned = async (overrides: string[]) =>
  plan(await withOutsideVariants(smallExperiment(), { overrides }), overrides, cpuBackend);

test("names with a path, an extension or a # are outside the catalogue", () => {
  for (const name of ["./mine.ts", "../mine.js", "/a/mine.ts", "mine.ts", "@scope/mine", "mine#kind", "C:\\mine.ts"])
    expect(isOutside(name), name).toBe(true);
  for (const name of ["full", "perfomer", "nystromformer"]) expect(isOutside(name), name).toBe(false);
});

describe("loading", () => {
  test("gives the variant, its file's hash and its exports, once", async () => {
    const found = await loadOutside("./copied.ts", folder);
    expect(found.name).toBe(file);
    expect(found.variant.variant).toBe("copied");
    expect(found.sha256).toBe(createHash("sha256").update(readFileSync(file)).digest("hex"));
    expect(Object.keys(found.exports)).toEqual(["copied"]);
    expect(await loadOutside(file)).toBe(found);
  });

  test("takes one of several by its export's name", async () => {
    expect((await loadOutside("./several.ts#another", folder)).variant.variant).toBe("another");
  });

  const cases: [name: string, sentence: RegExp][] = [
    ["./absent.ts", /^variant \.\/absent\.ts: there is no such file, looked for .*outside\/absent\.ts$/],
    ["../outside", /must be a module, got the folder/],
    ["./none.ts", /must export a variant \(made by defineAttention\), got .*(count|notes)/],
    ["./several.ts", /exports several variants, so say which with #NAME, one of (another, copied|copied, another)/],
    ["./several.ts#anoter", /part after # must be one of .*\(did you mean another\?\), got "anoter"/],
    ["./clash.ts", /its name must not be one of the catalogue's, got "identity"/],
    ["./broken.ts", /could not be loaded: out of ideas/],
    ["no-such-package#mine", /no package no-such-package is installed in .*outside/],
    ["@attention-lab/results", /must export a variant/],
  ];
  test.each(cases)("refuses %s in one sentence", async (name, sentence) => {
    await expect(loadOutside(name, folder)).rejects.toThrow(sentence);
    await expect(loadOutside(name, folder)).rejects.toThrow(RangeError);
  });
});

describe("planning", () => {
  test("knows the variant by name, version, options and the hash of its file", async () => {
    const { trials } = await planned([`${here("copied.ts")}?times=2`, "length=8", "phase=forward"]);
    const { sha256 } = await loadOutside(file);
    expect(trials.map(({ config }) => config.variant)).toEqual(["full", "copied"]);
    expect(trials[0]).not.toHaveProperty("module");
    expect(trials[0]?.config).not.toHaveProperty("moduleSha256");
    expect(trials[1]).toMatchObject({
      module: file,
      config: { variant: "copied", version: 3, options: { times: 2 }, moduleSha256: sha256 },
    });
  });

  test("an edited file is another trial", async () => {
    const [before, after] = [join(scratch, "before.ts"), join(scratch, "after.ts")];
    copyFileSync(file, before);
    writeFileSync(after, `${readFileSync(file, "utf8")}// edited\n`);
    const ids = async (path: string) => (await planned([`variant=${path}`])).trials.map(({ id }) => id);
    const original = await ids(file);
    expect(await ids(before)).toEqual(original);
    expect((await ids(after)).filter((id) => original.includes(id))).toEqual([]);
  });

  test("an experiment names it by path from its own file, with options", async () => {
    const raw = {
      ...smallExperiment(),
      baseline: "./copied.ts",
      variants: [{ name: "full" }, { name: "./copied.ts", times: 2 }],
    };
    const experiment = await withOutsideVariants(parseExperiment(raw), { file: join(folder, "experiment.json") });
    expect(experiment).toMatchObject({ baseline: "copied", variants: [{ name: "full" }, { name: file, times: 2 }] });
    const { trials } = plan(experiment, [here("copied.ts"), "length=8", "phase=forward"], cpuBackend);
    expect(trials[1]?.config.options).toEqual({ times: 2 });
  });

  test("refuses wrong options, a module that was not loaded, and two modules of one name", async () => {
    await expect(planned([`${here("copied.ts")}?time=2`])).rejects.toThrow(
      'copied attention: options are times (did you mean "times"?), got "time"',
    );
    await expect(planned([`${here("copied.ts")}?times`])).rejects.toThrow(/must have the form KEY=VALUE, got "times"/);
    const lonely = join(scratch, "lonely.ts");
    copyFileSync(file, lonely);
    expect(() => plan(smallExperiment(), [`variant=${lonely}`], cpuBackend)).toThrow(/must be loaded/);
    await expect(planned([`variant=${file},${lonely}`])).rejects.toThrow(
      /must have different names, got copied in .* and/,
    );
  });
});

test("a sweep measures it in processes of its own, and notices an edit meanwhile", async () => {
  const path = join(scratch, "measured.ts");
  copyFileSync(file, path);
  const { trials, ...rest } = await planned([`variant=${path}`, "length=8", "phase=forward"]);
  const sweep = { trials, ...rest };
  const options = { backend: "cpu", threads: 1, execArgv: fromSource };
  const open = (name: string) =>
    ResultsFolder.open(join(scratch, name), { create: experimentRecord(sweep, null), mixed: false });
  expect(await run(sweep, await open("results"), options)).toEqual({ done: 1, failed: 0, total: 1 });
  writeFileSync(path, `${readFileSync(file, "utf8")}// edited\n`);
  const messages: string[] = [];
  const summary = await run(sweep, await open("edited"), {
    ...options,
    onFailure: (_, { message }) => messages.push(message),
  });
  expect(summary).toEqual({ done: 0, failed: 1, total: 1 });
  expect(messages).toEqual(["variant copied: its file must not change while it is measured; run the command again"]);
});
