import { appendFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { bootId, processStart, type StudyFolder } from "@attention-lab/results";
import { expect, test } from "vitest";
import { Lives } from "../../src/lives.ts";
import { StudyWatch } from "../../src/study-watch.ts";
import { folderPath } from "./folder-path.ts";
import { begin, runToy, toyPlan } from "./toy-study.ts";

const plan = toyPlan({ steps: 1, does: ["count", "throw"] }, { seeds: [1, 2] });
const watched = (folder: StudyFolder, retryFailed = false) =>
  new StudyWatch(plan, folder, { lives: new Lives(), retryFailed });

/** An attempt as a runner begins it; a process that is not there holds it unless it is ours. */
function beginAttempt(folder: StudyFolder, index: number, pid = process.ppid): string {
  const trial = plan.trials[index];
  if (trial === undefined) throw new Error("no such trial");
  const attempt = join(folder.prepare(trial), "attempts/1");
  mkdirSync(attempt, { recursive: true });
  const owner = {
    host: hostname(),
    boot: bootId(),
    pid,
    start: processStart(pid) ?? "0",
    job: null,
    at: new Date().toISOString(),
  };
  writeFileSync(join(attempt, "owner.json"), JSON.stringify(owner));
  return attempt;
}

test("the folder alone shows what waits, runs and has ended", async () => {
  const dir = folderPath();
  const folder = begin(plan, dir);
  const watch = watched(folder);
  expect(watch.look()).toMatchObject({ total: 4, done: 0, failed: 0, waiting: 4, running: [], secondsLeft: undefined });
  await runToy(plan, dir);
  const view = watch.look();
  expect(view).toMatchObject({ done: 2, failed: 2, waiting: 0, secondsLeft: 0 });
  expect(view.ended).toHaveLength(4);
  expect(view.failures.map(({ end }) => end.status)).toEqual(["error", "error"]);
  expect(watch.look().ended).toEqual([]);
  // What ended before somebody looks for the first time is counted, and is no news.
  expect(watched(folder).look()).toMatchObject({ done: 2, failed: 2, ended: [], failures: [] });
  expect(watched(folder, true).look()).toMatchObject({ done: 2, failed: 0, waiting: 2 });
});

test("a running trial shows its last whole measurement, and a dead owner's trial waits", () => {
  const folder = begin(plan, folderPath());
  const watch = watched(folder);
  const attempt = beginAttempt(folder, 0);
  expect(watch.look().running).toMatchObject([{ last: undefined }]);
  appendFileSync(
    join(attempt, "measurements.jsonl"),
    '{"x":1,"values":{"loss":3}}\n{"x":2,"values":{"loss":2}}\n{"x":3,"val',
  );
  const [running] = watch.look().running;
  expect(running?.last).toEqual({ x: 2, values: { loss: 2 } });
  expect(running?.seconds).toBeGreaterThanOrEqual(0);
  beginAttempt(folder, 1, 2 ** 22 - 1);
  expect(watch.look()).toMatchObject({ waiting: 3 });
  expect(readdirSync(join(folder.dir, "trials"))).toHaveLength(2);
});
