import { readFileSync } from "node:fs";
import { join } from "node:path";
import { attemptFolder, type StudyFolder } from "@attention-lab/results/store";
import { expect, test } from "vitest";
import { localLauncher } from "../../src/local-launcher.ts";
import { folderPath } from "./folder-path.ts";
import { runOptions, runToy, toyPlan } from "./toy-study.ts";

interface Environment {
  readonly variables: Readonly<Record<string, string>>;
}

function environmentsOf(folder: StudyFolder): Environment[] {
  const read = (trial: string) => readFileSync(join(attemptFolder(trial, 1), "environment.json"), "utf8");
  return folder.trials().map(({ id }) => JSON.parse(read(folder.trialFolder(id))) as Environment);
}

test("trials at the same time are given GPUs of their own, and their share of the cores", async () => {
  const plan = toyPlan({ steps: 2, milliseconds: 300 }, { seeds: [1, 2] });
  const launcher = localLauncher({ gpus: ["1", "GPU-07"], cores: 6 });
  const { folder } = await runToy(plan, folderPath(), { launcher });
  const variables = environmentsOf(folder).map((environment) => environment.variables);
  expect(new Set(variables.map((each) => each["CUDA_VISIBLE_DEVICES"]))).toEqual(new Set(["1", "GPU-07"]));
  if (process.env["OMP_NUM_THREADS"] === undefined)
    expect(variables.map((each) => each["OMP_NUM_THREADS"])).toEqual(["3", "3"]);
});

test("an attempt records code, machine and allowed variables; changes beside the commit only when they are given", async () => {
  const plan = toyPlan({ steps: 1 });
  const versions = { "@attention-lab/runner": "0.1.0" };
  const start = { commit: "abcdef123456", dirty: true, versions };
  process.env["SECRET_TOKEN"] = "hunter2";
  const kept = async (environment: typeof start & { readonly diff?: string }) =>
    environmentsOf((await runToy(plan, folderPath(), { ...runOptions, environment })).folder)[0];
  const plain = await kept(start);
  delete process.env["SECRET_TOKEN"];
  expect(plain).toMatchObject({
    ...start,
    backend: null,
    machine: { node: process.version, cores: expect.any(Number) },
  });
  expect(plain).toHaveProperty("machine.gpu");
  expect(plain).toHaveProperty("machine.cpu");
  expect(plain).not.toHaveProperty("diff");
  expect(JSON.stringify(plain)).not.toContain("hunter2");
  expect(await kept({ ...start, diff: "+ a line" })).toMatchObject({ diff: "+ a line" });
});
