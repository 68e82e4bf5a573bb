import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ResultsFolder, trialState, type TrialState } from "@attention-lab/results";
import { describe, expect, onTestFinished, test } from "vitest";
import { attn, type Outcome, start } from "../attn.ts";

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
// A graphics card that somebody works at is not to be brought down.
const software = process.env["VK_DRIVER_FILES"]?.includes("swiftshader") === true;
const timeout = 600_000;

function folderPath(): string {
  const folder = mkdtempSync(join(tmpdir(), "webgpu-faults-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "results");
}

async function swept(experiment: string): Promise<Outcome & { readonly states: TrialState[]; readonly dir: string }> {
  const dir = folderPath();
  const outcome = await start("sweep", here(experiment), "--backend", "webgpu", "--out", dir).ended;
  expect(existsSync(dir), outcome.err).toBe(true);
  return { ...outcome, dir, states: [...trialState((await ResultsFolder.open(dir)).records()).values()] };
}

const title = "sweeps on a software adapter";
describe.skipIf(!software)(
  software ? title : `${title} (skipped: packages/webgpu/tools/software-adapter.mjs install)`,
  () => {
    test(
      "each fault of a device is the recorded failure of its trial, and the other trials go on",
      { timeout },
      async () => {
        const { out, err, states, dir } = await swept("faults.yaml");
        expect(out).toMatch(/^1 of 8 trials done, 7 failed in /);
        expect(err).not.toMatch(/\n\s+at /);
        const failureOf = (fault: string, after?: number) => {
          const state = states.find(
            ({ config: { options } }) => options["fault"] === fault && options["after"] === after,
          );
          return { status: state?.failure?.status, message: state?.failure?.message };
        };
        const lost = "webgpu: the device was lost (destroyed): device was destroyed";
        expect(failureOf("lost")).toEqual({ status: "error", message: lost });
        // This one has been weighed, in a process of its own, and timed once or twice.
        expect(failureOf("lost", 2)).toEqual({ status: "error", message: lost });
        expect(failureOf("dying")).toEqual({ status: "error", message: "the measuring process ended by SIGSEGV" });
        expect(failureOf("invalid")).toMatchObject({
          status: "error",
          message: expect.stringMatching(
            /^webgpu: a command was not valid: .*used in submit while destroyed/,
          ) as string,
        });
        expect(failureOf("shader")).toMatchObject({
          status: "error",
          message: expect.stringMatching(
            /^webgpu: a command was not valid: .*unresolved call target 'nothing'/,
          ) as string,
        });
        expect(failureOf("memory")).toMatchObject({
          status: "out-of-memory",
          message: expect.stringMatching(
            /^webgpu: out of memory on the device: .*VK_ERROR_OUT_OF_DEVICE_MEMORY/,
          ) as string,
        });
        expect(failureOf("hang")).toEqual({ status: "time-limit", message: "not done within the time limit of 45 s" });

        const good = states.find(({ failure }) => failure === undefined);
        expect(good?.samples).toHaveLength(3);
        expect(good?.memory?.peakBytes).toBe(4 * 16 * 4);
        expect(good?.gpuSamples).toHaveLength(3);
        good?.gpuSamples?.forEach((seconds, i) => {
          expect(seconds).toBeGreaterThan(0);
          expect(seconds).toBeLessThan(good.samples[i] ?? 0);
        });
        const report = await attn("report", dir, "--no-write");
        expect(report.out).toMatch(/the device itself computed for .*%.* by its timestamps/);
      },
    );

    test("a matrix that fits no binding fails its trial with a sentence", { timeout }, async () => {
      const { out, states } = await swept("too-long.yaml");
      expect(out).toMatch(/^1 of 2 trials done, 1 failed in /);
      expect(states.find(({ config }) => config.length === 17_000)?.failure?.message).toMatch(
        /^webgpu: a tensor must fit one binding of \d+ bytes on .*, got \[1,17000,17000\] of 1156000000 bytes; take a smaller batch or length$/,
      );
    });

    test("without a driver there is one sentence and no folder", { timeout }, async () => {
      const dir = folderPath();
      const variables = { VK_DRIVER_FILES: "/dev/null", VK_ICD_FILENAMES: "/dev/null" };
      const { code, out, err } = await startWith(
        variables,
        "sweep",
        here("faults.yaml"),
        "--backend",
        "webgpu",
        "--out",
        dir,
      ).ended;
      expect({ code, out }).toEqual({ code: 1, out: "" });
      expect(err).toMatch(/^attn: backend webgpu: no WebGPU adapter was found: .*\n$/);
      await expect(ResultsFolder.open(dir)).rejects.toThrow();
    });
  },
);

test("without npm webgpu there is one sentence that says what to install", { timeout }, async () => {
  const hook = `export const resolve = (name, context, next) => {
    if (name !== "webgpu") return next(name, context);
    throw Object.assign(new Error("Cannot find package 'webgpu'"), { code: "ERR_MODULE_NOT_FOUND" });
  };`;
  const url = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;
  const hooks = url(`import { register } from "node:module"; register(${JSON.stringify(url(hook))});`);
  const variables = { NODE_OPTIONS: `--import ${hooks}` };
  const { code, err } = await startWith(
    variables,
    "sweep",
    here("faults.yaml"),
    "--backend",
    "webgpu",
    "--out",
    folderPath(),
  ).ended;
  expect(code).toBe(1);
  expect(err).toBe("attn: backend webgpu: the optional package webgpu (Dawn) is not installed; npm install webgpu\n");
});

/** As `start`, with other variables of the environment. */
function startWith(variables: Readonly<Record<string, string>>, ...args: string[]): ReturnType<typeof start> {
  const before = { ...process.env };
  Object.assign(process.env, variables);
  try {
    return start(...args);
  } finally {
    process.env = before;
  }
}
