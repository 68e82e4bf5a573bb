import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { commitFolder, committedFolders, privateFolder } from "../src/index.ts";

const before = { ...process.env };
let home = "";
beforeEach(() => {
  home = mkdtempSync(path.join(os.tmpdir(), "attn-home-"));
  process.env["ATTN_HOME"] = home;
});
afterEach(() => {
  process.env = { ...before };
  rmSync(home, { recursive: true, force: true });
});

const write = (text: string) => (folder: string) => Promise.resolve(writeFileSync(path.join(folder, "part"), text));
const read = (name: string) => readFileSync(path.join(home, name, "part"), "utf8");

it("is ATTN_HOME, or a folder of the user's cache", () => {
  expect(privateFolder()).toBe(home);
  delete process.env["ATTN_HOME"];
  expect(privateFolder()).toMatch(/attention-lab$/);
  if (process.platform !== "linux") return;
  process.env["XDG_CACHE_HOME"] = "/somewhere";
  expect(privateFolder()).toBe("/somewhere/attention-lab");
});

it("commits a folder, and replaces it", async () => {
  expect(committedFolders()).toEqual([]);
  expect(await commitFolder("thing-1", write("old"))).toBe(path.join(home, "thing-1"));
  await commitFolder("thing-1", write("new"));
  expect(read("thing-1")).toBe("new");
  expect(readdirSync(home)).toEqual(["thing-1"]);
});

it("leaves the old state when filling fails", async () => {
  await commitFolder("thing", write("old"));
  const fail = async (folder: string) => {
    await write("half")(folder);
    throw new Error("no more disk");
  };
  await expect(commitFolder("thing", fail)).rejects.toThrow("no more disk");
  await expect(commitFolder("other", fail)).rejects.toThrow("no more disk");
  expect(read("thing")).toBe("old");
  expect(readdirSync(home)).toEqual(["thing"]);
});

it("killed in the middle, it leaves nothing that counts, and the next run tidies up", async () => {
  await commitFolder("thing", write("old"));
  const source = new URL("../src/private-folder.ts", import.meta.url).href;
  const script = `
    import { writeFileSync } from "node:fs";
    const { commitFolder } = await import(${JSON.stringify(source)});
    await commitFolder("thing", async (folder) => {
      writeFileSync(folder + "/part", "half");
      console.log("halfway");
      await new Promise((resolve) => setTimeout(resolve, 60_000));
    });`;
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script], {
    env: process.env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  await new Promise((resolve) => child.stdout.once("data", resolve));
  const unfinished = `thing.partial-${child.pid}`;
  expect(readdirSync(home)).toContain(unfinished);
  // Another process may be at work: what belongs to a living one is left alone.
  await commitFolder("other", write("x"));
  expect(existsSync(path.join(home, unfinished))).toBe(true);
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
  expect(read("thing")).toBe("old");
  expect(committedFolders()).toEqual(["other", "thing"]);
  await commitFolder("thing", write("new"));
  expect(readdirSync(home).toSorted()).toEqual(["other", "thing"]);
  expect(read("thing")).toBe("new");
});

it("brings back the old folder of a run that was killed between its two renames", async () => {
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  mkdirSync(path.join(home, `thing.replaced-${pid}`));
  writeFileSync(path.join(home, `thing.replaced-${pid}`, "part"), "old");
  await commitFolder("other", write("x"));
  expect(read("thing")).toBe("old");
});

it("takes files and unfinished folders for neither", () => {
  mkdirSync(path.join(home, "native-1.partial-1"));
  mkdirSync(path.join(home, "native-1.replaced-1"));
  writeFileSync(path.join(home, "native-2"), "");
  mkdirSync(path.join(home, "native-3"));
  expect(committedFolders()).toEqual(["native-3"]);
});
