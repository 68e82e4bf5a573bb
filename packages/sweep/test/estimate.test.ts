import { expect, test } from "vitest";
import { Estimate } from "../src/estimate.ts";
import { plan, type PlannedTrial } from "../src/plan.ts";
import { cpuBackend, smallExperiment } from "./small.ts";

function pair(change: Record<string, unknown>, ...overrides: string[]): [PlannedTrial, PlannedTrial] {
  const [first, second] = plan(smallExperiment(change), overrides, cpuBackend).trials;
  if (first === undefined || second === undefined) throw new Error("two trials expected");
  return [first, second];
}

/** Observes the trial as `slower` times as slow as guessed, often enough to outweigh the guess. */
function taught(trial: PlannedTrial, slower: number): Estimate {
  const estimate = new Estimate();
  const guessed = estimate.secondsOf(trial);
  for (let count = 0; count < 10_000; count++) estimate.observe(trial, slower * guessed);
  return estimate;
}

test("what was measured of a short trial scales the prediction of a long one", () => {
  const [short, long] = pair({ lengths: [256, 1024] }, "variant=full", "phase=forward");
  const ratio = taught(short, 100).secondsOf(long) / new Estimate().secondsOf(long);
  expect(ratio).toBeGreaterThan(95);
  expect(ratio).toBeLessThan(100.001);
});

test("a variant that was not measured yet borrows the ratio of all", () => {
  const [full, linformer] = pair({}, "length=16", "phase=step");
  const ratio = taught(full, 3).secondsOf(linformer) / new Estimate().secondsOf(linformer);
  expect(ratio).toBeCloseTo(3, 1);
});

test("one slow short repeat does not swing the estimate", () => {
  const [short, long] = pair({ lengths: [8, 8192] }, "variant=full", "phase=forward");
  const estimate = new Estimate();
  const before = estimate.secondsOf(long);
  estimate.observe(short, 20 * estimate.secondsOf(short));
  expect(estimate.secondsOf(long)).toBeLessThan(4 * before);
});
