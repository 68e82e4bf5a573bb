import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { attemptFolder, readMeasurements, trialStanding } from "@attention-lab/results/store";
import { expect, test } from "vitest";
import { inherit } from "../../src/attempt-history.ts";
import { claimTrial } from "../../src/claim.ts";
import { Lives } from "../../src/lives.ts";
import { MeasurementWriter } from "../../src/measurement-writer.ts";
import { folderPath } from "./folder-path.ts";
import { begin, toyPlan } from "./toy-study.ts";

const owner = { host: hostname(), boot: "another boot", pid: 1, start: "1", job: null, at: new Date().toISOString() };
const claimOptions = { retryFailed: false, mostDeaths: 5 };

function trialWithAttempt(heartbeat: string): string {
  const plan = toyPlan({ steps: 4 });
  const [trial] = plan.trials;
  if (trial === undefined) throw new Error("no trial");
  const folder = begin(plan, folderPath()).prepare(trial);
  const attempt = attemptFolder(folder, 1);
  mkdirSync(attempt);
  writeFileSync(join(attempt, "owner.json"), JSON.stringify(owner));
  writeFileSync(join(attempt, "heartbeat"), heartbeat);
  return folder;
}

test("the next attempt inherits what was measured up to the checkpoint, without what came after or was torn", () => {
  const folder = trialWithAttempt("0");
  const writer = new MeasurementWriter(attemptFolder(folder, 1));
  writer.report({ value: 1 }, 1);
  writer.report({ value: NaN }, 2);
  writer.save(Buffer.from("state"));
  writer.report({ value: 3 }, 3);
  writer.close();
  appendFileSync(join(attemptFolder(folder, 1), "measurements.jsonl"), '{"x":4,"val');
  expect(readMeasurements(attemptFolder(folder, 1))).toHaveLength(3);
  const lives = new Lives(0);
  claimTrial(folder, { ...claimOptions, lives });
  expect(claimTrial(folder, { ...claimOptions, lives })).toMatchObject({ kind: "claimed", claim: { attempt: 2 } });
  expect(inherit(folder, attemptFolder(folder, 2))).toEqual(Buffer.from("state"));
  expect(readMeasurements(attemptFolder(folder, 2))).toEqual([
    { x: 1, values: { value: 1 } },
    { x: 2, values: { value: null } },
  ]);
});

test("an owner elsewhere is alive while its heartbeat changes, whatever the clocks say", async () => {
  const folder = trialWithAttempt("1");
  const lives = new Lives(0.2);
  const options = { ...claimOptions, lives };
  const beat = (text: string) => writeFileSync(join(attemptFolder(folder, 1), "heartbeat"), text);
  expect(claimTrial(folder, options)).toEqual({ kind: "busy" });
  await new Promise((resolve) => setTimeout(resolve, 250));
  beat("2");
  expect(claimTrial(folder, options)).toEqual({ kind: "busy" });
  await new Promise((resolve) => setTimeout(resolve, 250));
  expect(claimTrial(folder, options)).toMatchObject({ kind: "claimed", claim: { attempt: 2 } });
  // Ours now: another look finds it held.
  expect(claimTrial(folder, options)).toEqual({ kind: "busy" });
  expect(trialStanding(folder)).toMatchObject({ status: "begun", attempt: 2 });
});

test("of many claims on a new trial one succeeds", () => {
  const plan = toyPlan({ steps: 4 });
  const [trial] = plan.trials;
  if (trial === undefined) throw new Error("no trial");
  const folder = begin(plan, folderPath()).prepare(trial);
  const kinds = Array.from({ length: 5 }, () => claimTrial(folder, { ...claimOptions, lives: new Lives() }).kind);
  expect(kinds).toEqual(["claimed", "busy", "busy", "busy", "busy"]);
});
