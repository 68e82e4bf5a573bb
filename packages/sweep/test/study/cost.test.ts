import { useBackend } from "@attention-lab/backends";
import { countLeaksAsync } from "@attention-lab/tensors";
import { expect, test } from "vitest";
import { z } from "zod";
import { calibrate } from "../../src/calibrate.ts";
import { expectedPromotions } from "../../src/expected-promotions.ts";
import { measuredCost } from "../../src/measured-cost.ts";
import { nested, partOf } from "../../src/parameter-points.ts";
import { defineProgram } from "../../src/program.ts";
import { asha } from "../../src/sampler.ts";
import { costOfTrial, planStudy } from "../../src/study-plan.ts";
import { parseStudy, type StudySpec } from "../../src/study.ts";
import { predictedOf, type TrialCost } from "../../src/trial-cost.ts";

const machine = { operationsPerSecond: 1e9, callSeconds: 1e-3, startSeconds: 2, residentBytes: 100 };

function planOf(cost: (size: number) => TrialCost | undefined, spec: Partial<StudySpec> = {}) {
  const program = defineProgram({
    name: "sized",
    version: 1,
    parameters: z.strictObject({
      size: z.number().default(1),
      schedule: z
        .strictObject({ steps: z.number().default(1), rate: z.number().default(1) })
        .default({ steps: 1, rate: 1 }),
    }),
    cost: ({ size, schedule }) => cost(size * schedule.steps),
    run: () => Promise.resolve({ loss: 1 }),
  });
  const study = parseStudy({ name: "s", question: "", program: "sized", parameters: { size: [1, 2] }, ...spec });
  return planStudy(study, { program });
}

test("a declared cost on a calibrated machine is seconds and bytes", () => {
  expect(predictedOf({ operations: 3e9, bytes: 50 }, machine)).toEqual({ seconds: 5, residentBytes: 150 });
  expect(predictedOf({ operations: 0, bytes: 0, calls: 1000, seconds: 4 }, machine).seconds).toBeCloseTo(7);
});

test("a plan holds what each trial is expected to take, and nothing where the program does not say", () => {
  const plan = planOf((size) => (size === 1 ? undefined : { operations: 10 * size, bytes: size }), { seeds: [1, 2] });
  expect(plan.trials.map(({ id }) => plan.costs.get(id)?.operations)).toEqual([undefined, undefined, 20, 20]);
  const [, , trial] = plan.trials;
  if (trial === undefined) throw new Error("four trials expected");
  const added = { id: "other", config: { ...trial.config, parameters: { ...trial.config.parameters, size: 7 } } };
  expect(costOfTrial(plan, added)).toMatchObject({ operations: 70 });
});

test("a program's nonsense about its own cost is an error of the plan", () => {
  const sentence = "program sized: cost: operations must be a number of at least 0, got NaN";
  expect(() => planOf(() => ({ operations: Number.NaN, bytes: 0 }))).toThrow(sentence);
  expect(() => planOf(() => ({ operations: 1, bytes: -1 }))).toThrow("cost: bytes must be a number of at least 0");
});

test("promotions are expected by the shares of the rungs, and cost what their rung costs, parts of parameters too", () => {
  const sampler = asha({ metric: "loss", goal: "min", over: "schedule.steps", rungs: [1, 4, 16], trials: 8 });
  const plan = planOf((size) => ({ operations: size, bytes: 0 }), { sampler, parameters: { size: "1..8" } });
  expect(plan.trials).toHaveLength(8);
  const mean = plan.trials.reduce((sum, { config }) => sum + Number(config.parameters["size"]), 0) / 8;
  expect(expectedPromotions(plan)).toMatchObject([
    { rung: 4, trials: 2, cost: { operations: 4 * mean } },
    { rung: 16, trials: 0, cost: { operations: 16 * mean } },
  ]);
});

test("a name with a point is a part, both ways", () => {
  const parameters = { schedule: { steps: 3, rate: 1 }, size: 2 };
  expect(nested({ ...parameters, "schedule.steps": 9 })).toEqual({ schedule: { steps: 9, rate: 1 }, size: 2 });
  expect(parameters.schedule.steps).toBe(3);
  expect([partOf(parameters, "schedule.rate"), partOf(parameters, "size"), partOf(parameters, "size.none")]).toEqual([
    1,
    2,
    undefined,
  ]);
});

test("measuring costs more operations with every repeat, and never less than its clock needs", () => {
  const shape = { batch: 1, heads: 1, length: 64, headDim: 8, warmups: 1 };
  const [few, many] = [2, 10].map((repeats) => measuredCost({ flops: 1e6, peakBytes: 1000 }, { ...shape, repeats }));
  expect(few).toMatchObject({ operations: 11e6, bytes: 1000 + 4 * 4 * 64 * 8 });
  expect((many?.operations ?? 0) - (few?.operations ?? 0)).toBe(16e6);
  expect(few?.seconds).toBeGreaterThan(0.08);
});

test("calibration measures the backend that runs, and leaves no tensor", async () => {
  await useBackend("cpu");
  let measured = machine;
  const leaks = await countLeaksAsync(async () => {
    measured = await calibrate(1.5);
  });
  expect(leaks).toBe(0);
  expect(measured.startSeconds).toBe(1.5);
  expect(measured.operationsPerSecond).toBeGreaterThan(1e6);
  expect(measured.callSeconds).toBeGreaterThan(0);
  expect(measured.callSeconds).toBeLessThan(0.1);
  expect(measured.residentBytes).toBeGreaterThan(1e7);
});
