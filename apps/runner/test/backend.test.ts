import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { freshHome } from "../../../packages/backends/test/private-home.ts";
import { attn } from "./attn.ts";

const own = freshHome();

function install(name: string, bytes: number): string {
  const folder = path.join(own.home, name);
  mkdirSync(path.join(folder, "lib"), { recursive: true });
  writeFileSync(path.join(folder, "lib", "x"), Buffer.alloc(bytes));
  return folder;
}

test("lists what is installed, and removes what is named", async () => {
  expect((await attn("backend", "list")).out).toBe(`nothing is installed in ${own.home}`);
  const kernels = install("native-1", 2000);
  const tensorflow = install("tensorflow-2", 3_000_000);
  mkdirSync(path.join(own.home, "downloads"));
  expect((await attn("backend", "list")).out).toBe(
    `native-1      2.0 kB  ${kernels}\ntensorflow-2  3.0 MB  ${tensorflow}`,
  );
  expect(JSON.parse((await attn("backend", "list", "--json")).out)).toEqual([
    { name: "native-1", folder: kernels, bytes: 2000 },
    { name: "tensorflow-2", folder: tensorflow, bytes: 3_000_000 },
  ]);
  expect(await attn("backend", "remove", "native-1")).toMatchObject({ code: 0, out: "removed native-1, 2.0 kB" });
  expect(existsSync(kernels)).toBe(false);
  expect(existsSync(tensorflow)).toBe(true);
});

test.each([
  [["backend", "install", "cuda"], 2, 'backend install: name must be one of native, tensorflow, got "cuda"'],
  [["backend", "install", "nativ"], 2, "(did you mean native?)"],
  [["backend", "install", "native", "--gpu"], 2, "backend install native: takes no options, got --gpu"],
  [["backend", "remove", "x"], 2, 'backend remove: there must be something to remove, got "x"'],
  [["backend", "remove", "../x"], 2, "backend remove: there must be something to remove"],
  [["backend", "install", "tensorflow", "--wheel", "/nowhere.whl"], 2, "got /nowhere.whl"],
  [["backend", "install", "tensorflow", "--cuda", "--from", "/"], 2, "--from takes the CUDA libraries of that Python"],
])("%j is refused in a sentence", async (args, code, sentence) => {
  const outcome = await attn(...args);
  expect(outcome.code).toBe(code);
  expect(outcome.err).toContain(sentence);
  expect(outcome.err).not.toContain("\n");
});

test("without a compiler it says what to install", async () => {
  Object.assign(process.env, { CC: "no-such-compiler", CXX: "no-such-compiler" });
  expect(await attn("backend", "install", "native")).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^attn: native engine: .*compiler/) as string,
  });
  expect(existsSync(own.home)).toBe(true);
});
