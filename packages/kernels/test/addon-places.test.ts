import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { addonPlaces, installedName } from "../src/addon-places.ts";
import { describeEngines, installNative, loadEngine } from "../src/index.ts";

const before = { ...process.env };
let home = "";
beforeEach(() => {
  home = mkdtempSync(path.join(os.tmpdir(), "attn-home-"));
  process.env["ATTN_HOME"] = home;
  delete process.env["ATTN_KERNELS_ADDON"];
});
afterEach(() => {
  process.env = { ...before };
  rmSync(home, { recursive: true, force: true });
});

const packageFolder = new URL("..", import.meta.url).pathname;
const { version } = JSON.parse(readFileSync(path.join(packageFolder, "package.json"), "utf8")) as { version: string };
const hasCompiler = ["cc", "gcc", "clang"].some((name) =>
  (process.env["PATH"] ?? "").split(path.delimiter).some((folder) => existsSync(path.join(folder, name))),
);

describe("where the addon is looked for", () => {
  it("a file that the environment names is the only one, and is never passed over", async () => {
    const file = path.join(home, "broken.node");
    writeFileSync(file, "no addon");
    process.env["ATTN_KERNELS_ADDON"] = file;
    expect(addonPlaces()).toEqual([{ path: file, origin: "named by ATTN_KERNELS_ADDON" }]);
    const native = (await describeEngines()).find(({ name }) => name === "native");
    expect(native).toMatchObject({ available: false });
    expect(native?.why).toContain("the native addon named by ATTN_KERNELS_ADDON does not load: ");
    await expect(loadEngine("native")).rejects.toThrow("native engine: the native addon named by ATTN_KERNELS_ADDON");
    process.env["ATTN_KERNELS_ADDON"] = path.join(home, "nowhere.node");
    await expect(loadEngine("native")).rejects.toThrow("does not load");
  });

  it("an installed one comes last, and only if it is of these sources and this platform", () => {
    const at = (name: string) => path.join(home, name, "kernels.node");
    for (const name of [installedName(), `native-0.0.0-${"0".repeat(12)}-linux-x64`]) {
      mkdirSync(path.dirname(at(name)), { recursive: true });
      writeFileSync(at(name), "");
    }
    expect(installedName()).toContain(`-${process.platform}-${process.arch}`);
    expect(addonPlaces().at(-1)).toEqual({ path: at(installedName()), origin: "built by attn backend install native" });
    expect(addonPlaces().filter(({ path: file }) => file.startsWith(home))).toHaveLength(1);
  });

  it.each([
    ["of this version", version, true],
    ["of another version", "0.0.0", false],
  ])("a prebuilt package %s", (_, found, taken) => {
    const name = `@attention-lab/kernels-${process.platform}-${process.arch}`;
    const folder = path.join(home, "node_modules", name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, "package.json"), JSON.stringify({ name, version: found }));
    writeFileSync(path.join(folder, "kernels.node"), "");
    const source = new URL("../src/addon-places.ts", import.meta.url).href;
    const script = `console.log(JSON.stringify((await import(${JSON.stringify(source)})).addonPlaces()))`;
    const args = ["--import", "tsx", "--input-type=module", "-e", script];
    const env = { ...process.env, NODE_PATH: path.join(home, "node_modules") };
    const places = JSON.parse(execFileSync(process.execPath, args, { env, encoding: "utf8" })) as { origin: string }[];
    expect(places.some(({ origin }) => origin === `from ${name}`)).toBe(taken);
  });
});

describe("installing the addon", () => {
  it.runIf(hasCompiler)("compiles it, tries it and puts it where it is found", { timeout: 120_000 }, async () => {
    const { path: file, instructionSet } = await installNative();
    expect(file).toBe(path.join(home, installedName(), "kernels.node"));
    expect(readdirSync(path.dirname(file))).toEqual(["kernels.node"]);
    process.env["ATTN_KERNELS_ADDON"] = file;
    expect((await loadEngine("native", { threads: 1 })).instructionSet).toBe(instructionSet);
  });

  it.each([
    ["no compiler", { CC: "no-such-compiler" }, /^native engine: a C compiler must be installed \(.+\), got none$/],
    ["one that fails", { CC: "sh -c false" }, /^native engine: a C compiler must be installed|could not build/],
    ["one that writes nothing useful", { CC: "echo" }, /^native engine: /],
  ])("says in a sentence what is wrong with %s, and leaves nothing", async (_, environment, sentence) => {
    Object.assign(process.env, environment);
    const error = await installNative().catch((reason: unknown) => reason as Error);
    expect(String((error as Error).message)).toMatch(sentence);
    expect((error as Error).message).not.toContain("\n");
    expect(readdirSync(home)).toEqual([]);
  });
});
