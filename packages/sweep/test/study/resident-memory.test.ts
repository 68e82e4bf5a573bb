import { existsSync } from "node:fs";
import { trialStanding } from "@attention-lab/results/store";
import { expect, test } from "vitest";
import { mostResidentBytes, residentMarkOf } from "../../src/resident-memory.ts";
import { folderPath } from "./folder-path.ts";
import { runToy, toyPlan } from "./toy-study.ts";

test.skipIf(!existsSync("/proc/self/status"))(
  "a trial's memory is its own and not that of the process that started it",
  async () => {
    const ballast = Buffer.alloc(512 * 2 ** 20, 1);
    expect(mostResidentBytes()).toBeGreaterThan(ballast.length);
    const { folder } = await runToy(toyPlan({ steps: 1 }), folderPath());
    const [trial] = folder.trials();
    const standing = trialStanding(folder.trialFolder(trial?.id ?? ""));
    if (standing.status !== "ok") throw new Error(standing.status);
    expect(standing.result.residentBytes).toBeGreaterThan(2 ** 24);
    expect(standing.result.residentBytes).toBeLessThan(ballast.length);
  },
);

test("the mark of a process that is gone is unknown", () => {
  expect(residentMarkOf(2 ** 30)).toBeUndefined();
});
