import { expect, test } from "vitest";
import { z } from "zod";
import { defineProgram } from "../../src/program.ts";
import { StudyEstimate } from "../../src/study-estimate.ts";
import { planStudy, type StudyPlan } from "../../src/study-plan.ts";
import { parseStudy } from "../../src/study.ts";

/** Trials of two variants and five lengths, one of them quadratic; with or without a declared cost. */
function planned(declares: boolean): StudyPlan {
  const program = defineProgram({
    name: "layers",
    version: 1,
    parameters: z.strictObject({ variant: z.string(), length: z.number() }),
    cost: ({ variant, length }) =>
      declares ? { operations: variant === "full" ? 1e6 * length ** 2 : 1e8 * length, bytes: 0 } : undefined,
    run: () => Promise.resolve({}),
  });
  const parameters = { variant: ["full", "linear"], length: "2^6..2^10" };
  return planStudy(parseStudy({ name: "s", question: "", program: "layers", parameters, seeds: [1, 2] }), { program });
}

function trialOf({ trials }: StudyPlan, variant: string, length: number, seed = 1) {
  const found = trials.find(
    ({ config }) =>
      config.parameters["variant"] === variant && config.parameters["length"] === length && config.seed === seed,
  );
  if (found === undefined) throw new Error(`no trial ${variant} ${length}`);
  return found;
}

/** What a machine takes that is three times as slow as guessed, and starts a process in 5 s. */
function truth(variant: string, length: number): number {
  return 5 + 3 * ((variant === "full" ? 1e6 * length ** 2 : 1e8 * length) / 3e10);
}

test("nothing is known before a trial has finished", () => {
  for (const declares of [true, false]) {
    const plan = planned(declares);
    expect(new StudyEstimate(plan).secondsOf(trialOf(plan, "full", 64))).toBeUndefined();
  }
});

test("short trials foretell long ones by their declared cost: start and pace are told apart", () => {
  const plan = planned(true);
  const estimate = new StudyEstimate(plan);
  for (const length of [64, 128, 256]) {
    for (const variant of ["full", "linear"]) estimate.observe(trialOf(plan, variant, length), truth(variant, length));
  }
  for (const variant of ["full", "linear"]) {
    const expected = estimate.secondsOf(trialOf(plan, variant, 1024)) ?? 0;
    expect(expected / truth(variant, 1024), variant).toBeGreaterThan(0.8);
    expect(expected / truth(variant, 1024), variant).toBeLessThan(1.25);
  }
  // The mean of what has finished would be far off.
  const mean = [64, 128, 256].reduce((sum, length) => sum + truth("full", length) / 3, 0);
  expect(truth("full", 1024) / mean).toBeGreaterThan(8);
});

test("a variant that is slower than its declared cost says so for its own trials only", () => {
  const plan = planned(true);
  const estimate = new StudyEstimate(plan);
  for (const length of [128, 256, 512]) {
    estimate.observe(trialOf(plan, "full", length), truth("full", length));
    estimate.observe(trialOf(plan, "linear", length), 5 + 4 * (truth("linear", length) - 5));
  }
  const ratio = (variant: string) =>
    ((estimate.secondsOf(trialOf(plan, variant, 1024)) ?? 0) - 5) / (truth(variant, 1024) - 5);
  expect(ratio("linear")).toBeGreaterThan(2 * ratio("full"));
});

test("without a declared cost, trials of like parameters foretell each other", () => {
  const plan = planned(false);
  const estimate = new StudyEstimate(plan);
  estimate.observe(trialOf(plan, "full", 64), 1);
  expect(estimate.secondsOf(trialOf(plan, "linear", 1024))).toBe(1);
  for (const length of [64, 256, 1024]) {
    estimate.observe(trialOf(plan, "full", length), length / 10);
    estimate.observe(trialOf(plan, "linear", length), length / 9);
  }
  // The length explains nearly everything, so the other seed of the same length decides.
  expect(estimate.secondsOf(trialOf(plan, "full", 1024, 2))).toBeCloseTo(102.4, 0);
  expect(estimate.secondsOf(trialOf(plan, "linear", 256, 2))).toBeCloseTo(256 / 9, 0);
  // A length that nobody has seen gets what is known of all.
  expect(estimate.secondsOf(trialOf(plan, "full", 512))).toBeGreaterThan(5);
});
