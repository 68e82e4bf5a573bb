import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { installTensorflow, useBackend } from "../src/index.ts";
import { probePrivateTensorflow, privateTensorflows } from "../src/install/private-tensorflow.ts";
import { zipOf } from "./archives.ts";
import { freshHome } from "./private-home.ts";

const own = freshHome();

const here = `${process.platform}-${process.arch}`;
const canInstall = process.platform === "linux" && ["x64", "arm64"].includes(process.arch);

describe.runIf(canInstall)("what is missing is said in one sentence, and nothing is left behind", () => {
  const wheelOf = (names: readonly string[]): string => {
    const file = path.join(own.home, "given.whl");
    writeFileSync(file, zipOf(names.map((name) => ({ name, content: "not a library" }))));
    return file;
  };
  const both = ["tensorflow/libtensorflow_cc.so.2", "tensorflow/libtensorflow_framework.so.2"];

  test.each([
    [
      "a compiler",
      () => void (process.env["CXX"] = "no-such-compiler"),
      {},
      /a C\+\+ compiler must be there \(.+\), got none of no-such-compiler$/,
    ],
    ["the wheel", () => {}, { wheel: "/nowhere.whl" }, /a file or folder must exist, got \/nowhere\.whl$/],
    ["a choice", () => {}, { wheel: "/", from: "/" }, /--from and --wheel exclude each other, got both$/],
    ["a TensorFlow in Python", () => {}, { from: os.tmpdir() }, /must hold libtensorflow_cc .* got 0 of the two$/],
  ])("%s", async (_, prepare, options, sentence) => {
    prepare();
    const error = (await installTensorflow(options).catch((reason: unknown) => reason)) as Error;
    expect(error.message).toMatch(sentence);
    expect(error.message).not.toContain("\n");
    expect(readdirSync(own.home)).toEqual([]);
  });

  test.each([
    ["a wheel of something else", ["numpy/core.so"], /given\.whl must hold libtensorflow_cc .* got 0 of the two$/],
    ["half a wheel", both.slice(0, 1), /got 1 of the two$/],
    ["libraries that are none", both, /must compile tfjs-node's binding, got /],
  ])("%s", async (_, names, sentence) => {
    const said: string[] = [];
    const wheel = wheelOf(names);
    const error = (await installTensorflow({ wheel, say: (line) => said.push(line) }).catch(
      (reason: unknown) => reason,
    )) as Error;
    // Without tfjs-node in node_modules and without a registry it ends earlier, in a sentence too.
    if (!error.message.startsWith("npm: ")) {
      expect(error.message).toMatch(sentence);
      expect(said.join()).toContain("unpacking the libraries of given.whl");
    }
    expect(readdirSync(own.home)).toEqual(["given.whl"]);
    expect(privateTensorflows()).toEqual([]);
  });
});

test("installations of this platform are found, CUDA first, then the newest; unfinished ones are not", () => {
  const names = [
    `2.19.0-cpu-${here}`,
    `2.20.0-cpu-${here}`,
    `2.19.0-gpu-${here}`,
    "2.20.0-gpu-plan9-x64",
    `2.21.0-gpu-${here}.partial-1`,
  ];
  for (const name of names) mkdirSync(path.join(own.home, `tensorflow-${name}`));
  mkdirSync(path.join(own.home, "downloads"));
  expect(privateTensorflows().map((folder) => path.basename(folder))).toEqual([
    `tensorflow-2.19.0-gpu-${here}`,
    `tensorflow-2.20.0-cpu-${here}`,
    `tensorflow-2.19.0-cpu-${here}`,
  ]);
});

test("one that doesn't compute is passed over, with its reason", async () => {
  const folder = path.join(own.home, `tensorflow-2.20.0-cpu-${here}`);
  mkdirSync(folder);
  writeFileSync(path.join(folder, "probe.cjs"), 'throw new Error("libtensorflow_cc.so.2: no such file");');
  await expect(probePrivateTensorflow(folder)).rejects.toThrow(
    `TensorFlow in ${folder} did not compute in a child process (libtensorflow_cc.so.2: no such file)`,
  );
  writeFileSync(path.join(folder, "probe.cjs"), 'process.kill(process.pid, "SIGILL");');
  await expect(probePrivateTensorflow(folder)).rejects.toThrow(
    "this processor lacks instructions that it was built for",
  );
  const error = (await useBackend("tensorflow").catch((reason: unknown) => reason)) as Error;
  if (error instanceof Error)
    expect(error.message).toContain("attn backend install tensorflow brings a current TensorFlow");
});
