import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test, vi } from "vitest";
import { installTensorflow, type InstallTensorflowOptions } from "../src/index.ts";
import { tensorflowFolder } from "../src/install/private-tensorflow.ts";
import { zipOf } from "./archives.ts";
import { freshHome } from "./private-home.ts";

const own = freshHome();
afterEach(() => void vi.restoreAllMocks());

const refusal = async (options: InstallTensorflowOptions): Promise<string> => {
  const error = await installTensorflow(options).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(Error);
  expect((error as Error).message).not.toContain("\n");
  return (error as Error).message;
};

/** A wheel whose libraries are none: everything up to the compiler takes it. */
function wheel(name = "tensorflow_cpu-2.20.0-cp311-cp311-manylinux2014_x86_64.whl"): string {
  const file = path.join(own.folder, name);
  const members = ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"];
  writeFileSync(file, zipOf(members.map((member) => ({ name: `tensorflow/${member}`, content: "no library" }))));
  return file;
}

/** A compiler that answers to --version, and then does this (a line of sh). */
function compiler(line: string): string {
  const file = path.join(own.folder, "compiler");
  writeFileSync(file, `#!/bin/sh\n[ "$1" = --version ] && exit 0\n${line}\n`);
  chmodSync(file, 0o755);
  return file;
}

const canInstall = process.platform === "linux" && process.arch === "x64";

describe.runIf(canInstall)("a machine that it is not for", () => {
  test("another C library, as Alpine's", async () => {
    vi.spyOn(process.report, "getReport").mockReturnValue({ header: {} });
    expect(await refusal({ wheel: wheel() })).toBe(
      "backend tensorflow: TensorFlow's wheels are for Linux with glibc on x64 or arm64, got linux on x64 with another C library",
    );
  });

  test("an index that cannot be reached", async () => {
    Object.assign(process.env, { PIP_INDEX_URL: "http://127.0.0.1:9/simple", CXX: compiler("exit 0") });
    expect(await refusal({ cuda: true })).toMatch(/^package index: .* cannot be reached \(.+\); .* --wheel FILE$/);
    expect(readdirSync(own.home)).toEqual([]);
  });

  test("CUDA libraries for a build without CUDA, and for a Python that has its own", async () => {
    process.env["CXX"] = compiler("exit 0");
    expect(await refusal({ cuda: true, wheel: wheel() })).toMatch(
      /--wheel must be the CUDA build .* got tensorflow_cpu/,
    );
    const silent = wheel("tensorflow-2.20.0-cp311-cp311-manylinux2014_x86_64.whl");
    expect(await refusal({ cuda: true, wheel: silent })).toMatch(/must ask for CUDA libraries .* got no such line$/);
    expect(await refusal({ cuda: true, from: own.folder })).toMatch(/--from takes the CUDA libraries of that Python/);
  });

  test("a wheel that was cut short", async () => {
    process.env["CXX"] = compiler("exit 0");
    const file = wheel();
    writeFileSync(file, readFileSync(file).subarray(0, 150));
    const message = await refusal({ wheel: file });
    if (!message.startsWith("npm: ")) expect(message).toMatch(/must be a complete zip archive, got 150 bytes/);
    expect(readdirSync(own.home)).toEqual([]);
  });
});

describe.runIf(canInstall)("an installation in another process", () => {
  const program = `
    import { installTensorflow } from ${JSON.stringify(fileURLToPath(new URL("../src/index.ts", import.meta.url)))};
    await installTensorflow({ wheel: process.argv[1] });`;

  /** Starts one, whose compiler never ends, and waits until it compiles. */
  async function hanging() {
    const started = path.join(own.folder, "started");
    process.env["CXX"] = compiler(`touch ${started}; exec sleep 600`);
    const flags = ["--conditions=@attention-lab/source", "--import", "tsx", "--input-type=module"];
    const child = spawn(process.execPath, [...flags, "-e", program, wheel()], {
      detached: true,
      stdio: ["ignore", "ignore", "inherit"],
    });
    const end = once(child, "exit");
    while (!existsSync(started)) {
      if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode} before it compiled`);
      await setTimeout(20);
    }
    return async () => {
      process.kill(-(child.pid ?? 0), "SIGKILL");
      await end;
    };
  }

  test("killed, leaves what was there, and its remains go with the next", { timeout: 60_000 }, async () => {
    const name = tensorflowFolder("2.20.0", false);
    mkdirSync(path.join(own.home, name), { recursive: true });
    writeFileSync(path.join(own.home, name, "old"), "as it was");
    const kill = await hanging();
    await kill();
    expect(readFileSync(path.join(own.home, name, "old"), "utf8")).toBe("as it was");
    expect(readdirSync(own.home)).toHaveLength(2);
    process.env["CXX"] = compiler("echo error: of no use >&2; exit 1");
    expect(await refusal({ wheel: wheel() })).toMatch(/must compile tfjs-node's binding, got error: of no use$/);
    expect(readdirSync(own.home)).toEqual([name]);
    expect(readdirSync(path.join(own.home, name))).toEqual(["old"]);
  });

  test("keeps a second one out, and no longer than it lives", { timeout: 60_000 }, async () => {
    const kill = await hanging();
    try {
      expect(await refusal({ wheel: wheel() })).toBe(
        `backend tensorflow: only one installation at a time may write ${own.home}, got a second (wait for the first)`,
      );
    } finally {
      await kill();
    }
    process.env["CXX"] = compiler("exit 1");
    expect(await refusal({ wheel: wheel() })).toMatch(/must compile tfjs-node's binding/);
  });
});
