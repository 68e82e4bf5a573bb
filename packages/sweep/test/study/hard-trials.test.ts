import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import {
  attemptFolder,
  isProcessAlive,
  readMeasurements,
  trialStanding,
  type StudyFolder,
} from "@attention-lab/results/store";
import { expect, test } from "vitest";
import { folderPath } from "./folder-path.ts";
import hard from "./hard-program.ts";
import { until } from "./runner-process.ts";
import { hardPlan, pidsIn, planOf, runToy } from "./toy-study.ts";

const firstAttempt = (folder: StudyFolder, at = 0): string => {
  const trial = folder.trials()[at];
  return attemptFolder(folder.trialFolder(trial?.id ?? ""), 1);
};
const standings = (folder: StudyFolder) => folder.trials().map(({ id }) => trialStanding(folder.trialFolder(id)));
test("a trial that is ended at its limit, or that is done, leaves no process behind, not even those that its processes started", async () => {
  const [ended, done] = await Promise.all([
    runToy(hardPlan("children", { limits: { seconds: 6 } }), folderPath()),
    runToy(hardPlan("leaves children"), folderPath()),
  ]);
  expect(standings(ended.folder)).toMatchObject([{ failure: { status: "time-limit" } }]);
  expect(standings(done.folder)).toMatchObject([{ result: { metrics: { score: 1 } } }]);
  for (const { folder } of [ended, done]) {
    const pids = pidsIn(firstAttempt(folder));
    expect(pids).toHaveLength(2);
    // They were killed before the result was written; the system takes a moment to remove what is dead.
    await until(() => !pids.some(isProcessAlive));
  }
});

test("a program that ignores signals and hears nothing is stopped all the same", async () => {
  const stop = new AbortController();
  const dir = folderPath();
  const plan = hardPlan("deaf");
  const running = runToy(plan, dir, { stop: stop.signal });
  const attempt = join(dir, "trials", plan.trials[0]?.id ?? "", "attempts/1");
  await until(() => pidsIn(attempt).length === 1);
  stop.abort();
  const { folder } = await running;
  expect(standings(folder)).toMatchObject([{ status: "waiting" }]);
  expect(pidsIn(attempt).some(isProcessAlive)).toBe(false);
});

test("a program that answers but never ends has its result", async () => {
  const { folder } = await runToy(hardPlan(["hangs at the end", "says other things", "late words"]), folderPath());
  expect(standings(folder)).toMatchObject(
    [1, 2, 3].map(() => ({ result: { metrics: { score: 1 }, measurements: 0 } })),
  );
});

test("a log of 200 MiB is cut to its end, which the failure quotes without the terminal's codes", async () => {
  const { folder } = await runToy(hardPlan("chatty"), folderPath());
  const [standing] = standings(folder);
  expect(standing).toMatchObject({ failure: { status: "error", message: "chatty: no more to say" } });
  if (standing?.status !== "failed") throw new Error("not failed");
  expect(standing.failure.lastLines).toContain("the end of much output");
  expect(statSync(join(firstAttempt(folder), "output.log")).size).toBeLessThan(65 * 2 ** 20);
});

test("numbers that JSON does not have are kept as none, the largest and smallest as they are", async () => {
  const { folder } = await runToy(hardPlan("odd numbers"), folderPath());
  const [standing] = standings(folder);
  if (standing?.status !== "ok") throw new Error(standing?.status);
  expect(standing.result.metrics).toEqual({ nan: null, infinite: null, most: Number.MAX_VALUE, "a b/c\n": 2, "": 3 });
  const [line] = readMeasurements(firstAttempt(folder));
  expect(line).toMatchObject({
    x: -1e308,
    values: { nan: null, most: Number.MAX_VALUE, least: 5e-324, "naïve 🎯": 0 },
  });
});

test("what is no number or no answer is an error of the program and never a result", async () => {
  const cases = {
    "text for a number": 'program hard: metrics must be numbers by name, got {"accuracy":"0.9"}',
    "big integer": 'program hard: metrics must be numbers by name, got {"steps":"12n"}',
    nothing: "program hard: metrics must be numbers by name, got undefined",
    "says other things and ends": "the measuring process ended with exit code 7",
    "a place that is none": "report: x must be a finite number, got NaN",
  };
  const { folder } = await runToy(hardPlan(Object.keys(cases)), folderPath());
  const messages = standings(folder).map((standing) => (standing.status === "failed" ? standing.failure.message : ""));
  expect(messages).toEqual(Object.values(cases));
});

test("names with quotes, spaces, shell characters and letters of all scripts are kept as they are", async () => {
  const value = "$(touch /tmp/x); 'a' \"b\" `c` ünïcödé 日本 🎯 \\ \n %s";
  const plan = planOf(hard, { does: "late words", "größe / 'x' $(id) `w`": value }, { name: `${value} of it` });
  const { folder } = await runToy(plan, `${folderPath()} ${"ä".repeat(60)} 'quoted' $HOME`);
  expect(standings(folder)).toMatchObject([{ status: "ok" }]);
  const config = JSON.parse(readFileSync(join(firstAttempt(folder), "../../config.json"), "utf8")) as object;
  expect(config).toMatchObject({ config: { parameters: { "größe / 'x' $(id) `w`": value } } });
});
