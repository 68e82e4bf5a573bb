import { assert, array, double, property } from "fast-check";
import { trialStanding } from "@attention-lab/results/store";
import { expect, test } from "vitest";
import { type Asha, asha, type Outcome, promotions } from "../../src/sampler.ts";
import { folderPath } from "./folder-path.ts";
import { runToy, toyPlan } from "./toy-study.ts";

const sampler = asha({ metric: "loss", goal: "min", over: "steps", rungs: [1, 3, 9], trials: 9 }) as Asha;

/** Runs a search to its end: every trial's loss is that of its lineage. */
function search(losses: readonly number[], { goal }: Pick<Asha, "goal">): Map<number, number[]> {
  const done: Outcome<number>[] = [];
  const held = new Set<string>();
  const begin = (trial: number, rung: number) => {
    done.push({ trial, rung, lineage: String(trial), metric: losses[trial] });
    held.add(`${trial}/${rung}`);
    const known = (lineage: string, at: number) => held.has(`${lineage}/${at}`);
    for (const next of promotions({ ...sampler, goal }, done, known)) begin(next.trial, next.rung);
  };
  losses.forEach((_, trial) => begin(trial, 1));
  return group(done);
}

function group(done: readonly Outcome<number>[]): Map<number, number[]> {
  const rungs = new Map<number, number[]>();
  for (const { rung, trial } of done) rungs.set(rung, [...(rungs.get(rung) ?? []), trial]);
  return rungs;
}

test("the best third of a rung goes on, and the best of all reaches the last rung", () => {
  assert(
    property(array(double({ min: 0, max: 1, noNaN: true }), { minLength: 9, maxLength: 30 }), (losses) => {
      for (const goal of ["min", "max"] as const) {
        const rungs = search(losses, { goal });
        const best = goal === "min" ? Math.min(...losses) : Math.max(...losses);
        expect((rungs.get(3) ?? []).map((trial) => losses[trial])).toContain(best);
        // Asynchronous: early ones may be promoted that would not be in the end, but never more than one each.
        expect(new Set(rungs.get(3)).size).toBe(rungs.get(3)?.length);
        expect(rungs.get(3)?.length).toBeGreaterThanOrEqual(Math.floor(losses.length / 3));
      }
    }),
  );
});

test("failed trials are never promoted", () => {
  const outcomes = [1, 2, 3].map((trial) => ({ trial, rung: 1, lineage: String(trial), metric: undefined }));
  expect(promotions(sampler, outcomes, () => false)).toEqual([]);
});

test("a study by successive halving runs more steps of the better points only", async () => {
  const halving = asha({ metric: "final", goal: "min", over: "steps", rungs: [1, 2, 4], trials: 6, seed: 5 });
  const plan = toyPlan({ milliseconds: "1..100" }, { sampler: halving });
  const dir = folderPath();
  const { folder, progress } = await runToy(plan, dir);
  const steps = folder.trials().map(({ config }) => config.parameters["steps"]);
  expect(steps.filter((step) => step === 1)).toHaveLength(6);
  expect(steps.filter((step) => step === 2).length).toBeGreaterThanOrEqual(3);
  expect(steps.filter((step) => step === 4).length).toBeGreaterThanOrEqual(1);
  expect(progress).toMatchObject({ total: steps.length, done: steps.length });
  expect(folder.trials().every(({ id }) => trialStanding(folder.trialFolder(id)).status === "ok")).toBe(true);
  expect((await runToy(plan, dir)).progress.total).toBe(steps.length);
});
