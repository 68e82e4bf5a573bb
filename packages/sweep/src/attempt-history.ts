import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { attemptFile, attemptFolder, attemptsOf, errorCode, namesIn } from "@attention-lab/results/store";

/** A checkpoint of an attempt: what the program saved, and how many bytes of measurements belong to it. */
export interface SavedCheckpoint {
  readonly attempt: string;
  readonly bytes: Uint8Array;
  readonly measured: number;
}

/** The file of a checkpoint says in its name how much was measured when it was written: both are kept by one rename. */
export function checkpointName(measured: number): string {
  return `checkpoint-${measured}.bin`;
}

/** Sizes of measurements that an attempt has checkpoints for, rising. */
export function checkpointsIn(attempt: string): number[] {
  return namesIn(attempt)
    .flatMap((name) => {
      const [, measured] = /^checkpoint-(\d+)\.bin$/.exec(name) ?? [];
      return measured === undefined ? [] : [Number(measured)];
    })
    .toSorted((a, b) => a - b);
}

/** The checkpoint that the next attempt goes on from: the newest one of the latest attempt that made any. */
export function newestCheckpoint(trial: string): SavedCheckpoint | undefined {
  for (const number of attemptsOf(trial).toReversed()) {
    const attempt = attemptFolder(trial, number);
    // An attempt taken for dead may replace its checkpoint while we look.
    for (let look = 0; look < 3; look++) {
      const measured = checkpointsIn(attempt).at(-1);
      if (measured === undefined) break;
      try {
        return { attempt, measured, bytes: readFileSync(join(attempt, checkpointName(measured))) };
      } catch (error) {
        if (errorCode(error) !== "ENOENT") throw error;
      }
    }
  }
  return undefined;
}

/** What had been measured when a checkpoint was written. */
export function measurementsOf({ attempt, measured }: SavedCheckpoint): Uint8Array {
  const path = join(attempt, attemptFile.measurements);
  return measured === 0 ? new Uint8Array() : readFileSync(path).subarray(0, measured);
}

/** How many of the latest attempts ended, one after the other, without any sign of progress. Only the dead leave neither result, failure nor a word of being stopped. */
export function deathsWithoutProgress(trial: string): number {
  let deaths = 0;
  for (const number of attemptsOf(trial).toReversed()) {
    const attempt = attemptFolder(trial, number);
    const ended = [attemptFile.failure, attemptFile.result, attemptFile.stopped];
    if (ended.some((name) => existsSync(join(attempt, name))) || checkpointsIn(attempt).length > 0) break;
    deaths++;
  }
  return deaths;
}
