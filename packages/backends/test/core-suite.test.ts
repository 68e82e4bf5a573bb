import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { engineNames } from "./engines.ts";

const program = fileURLToPath(new URL("../tools/core-suite.mjs", import.meta.url));

// Half a minute for each engine: too long for every run at a desk.
describe.skipIf(process.env["CI"] === undefined)("TensorFlow.js' own core test suite", () => {
  test.each(engineNames)("passes on %s", { timeout: 180_000 }, async (name) => {
    const args = ["--conditions=@attention-lab/source", "--import", "tsx", program, name];
    const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 2 ** 26 });
    expect(stdout).toContain("0 failed");
  });
});
