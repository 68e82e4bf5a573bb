import { relativeHalfWidth } from "@attention-lab/results";
import { normalValues } from "@attention-lab/tensors";
import { expect, test } from "vitest";
import { rounds, type Measured } from "../src/rounds.ts";

/** Trials are the noise of their repeats: 0.2 is 20 %. */
class Simulated implements Measured<number> {
  readonly #samples = new Map<number, number[]>();
  #spent = 0;
  failed = -1;

  measure(trial: number): void {
    const samples = this.#samples.get(trial) ?? [];
    const [z = 0] = normalValues(Math.round(1000 * trial) + samples.length, 1);
    this.#samples.set(trial, [...samples, Math.exp(trial * z)]);
    this.#spent++;
  }

  hasFailed(trial: number): boolean {
    return trial === this.failed;
  }

  secondsOf(trial: number): readonly number[] {
    return this.#samples.get(trial) ?? [];
  }

  spentSeconds(): number {
    return this.#spent;
  }
}

const trials = [0.01, 0.05, 0.2];
type Precision = Parameters<typeof rounds>[1]["precision"];

function swept(precision: Precision, failed = -1): { measured: Simulated; order: string[] } {
  const measured = new Simulated();
  measured.failed = failed;
  const order: string[] = [];
  for (const { trial, repeat } of rounds(trials, { repeats: 6, seed: 1, precision }, measured)) {
    measured.measure(trial);
    order.push(`${trial} ${repeat}`);
  }
  return { measured, order };
}

test("without a precision there are as many repeats as asked for", () => {
  expect(swept(undefined).order).toHaveLength(18);
});

test("noisy trials get more repeats until their medians are known as well as asked, quiet ones none", () => {
  const { measured, order } = swept({ relativeHalfWidth: 0.03, mostRepeats: 500 });
  expect(measured.secondsOf(0.01)).toHaveLength(6);
  for (const trial of trials) {
    const seconds = measured.secondsOf(trial);
    expect(relativeHalfWidth(seconds)).toBeLessThanOrEqual(0.03);
    if (seconds.length > 6) expect(relativeHalfWidth(seconds.slice(0, -1))).toBeGreaterThan(0.03);
  }
  expect(measured.secondsOf(0.2).length).toBeGreaterThan(measured.secondsOf(0.05).length);
  expect(new Set(order).size).toBe(order.length);
});

test("a trial has no more than the most repeats, and none once it failed", () => {
  const { measured } = swept({ relativeHalfWidth: 0.001, mostRepeats: 9 }, 0.05);
  expect(trials.map((trial) => measured.secondsOf(trial).length)).toEqual([9, 6, 9]);
});

test("no repeat is added once the budget is spent, but those asked for are made", () => {
  const precision = { relativeHalfWidth: 0.001, mostRepeats: 500 };
  expect(swept({ ...precision, budgetSeconds: 5 }).order).toHaveLength(18);
  expect(swept({ ...precision, budgetSeconds: 25 }).order).toHaveLength(25);
});
