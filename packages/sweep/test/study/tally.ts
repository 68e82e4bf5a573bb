import {
  attemptFolder,
  attemptsOf,
  readMeasurements,
  trialStanding,
  type StudyFolder,
} from "@attention-lab/results/store";
import { next } from "./toy-program.ts";

/** What faults must never bring about, counted over all trials of a toy study. */
export interface Tally {
  readonly trials: number;
  readonly attempts: number;
  /** Trials without a result. */
  lost: number;
  /** Trials that were begun again after their result was there, or that measured a step twice. */
  doubled: number;
  /** Results that differ from what an unbroken run gives. */
  wrong: number;
}

export const none = { lost: 0, doubled: 0, wrong: 0 };

/** Compares every trial with the chain of numbers that its seed begins. */
export function tallyOf(folder: StudyFolder): Tally {
  const trials = folder.trials();
  const tally = { trials: trials.length, attempts: 0, ...none };
  for (const { id, config } of trials) {
    const trial = folder.trialFolder(id);
    const attempts = attemptsOf(trial);
    tally.attempts += attempts.length;
    const standing = trialStanding(trial);
    if (standing.status !== "ok") {
      tally.lost++;
      continue;
    }
    const { attempt, metrics, measurements, seconds } = standing.result;
    const lines = readMeasurements(attemptFolder(trial, attempt));
    const places = lines.map(({ x }) => x);
    if (attempts.at(-1) !== attempt || new Set(places).size < places.length) tally.doubled++;
    const chain = chainOf(config.seed, Number(config.parameters["steps"]));
    const expected = JSON.stringify(chain.map((value, i) => ({ x: i + 1, values: { value } })));
    const right = measurements === chain.length && JSON.stringify(metrics) === JSON.stringify({ final: chain.at(-1) });
    if (!right || JSON.stringify(lines) !== expected || !(seconds >= 0)) tally.wrong++;
  }
  return tally;
}

export function chainOf(seed: number, steps: number): number[] {
  return Array.from({ length: steps }).reduce<number[]>((all) => [...all, next(all.at(-1) ?? seed)], []);
}
