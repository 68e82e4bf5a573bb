import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { attemptFile, attemptFolder, attemptsOf, errorCode, namesIn } from "@attention-lab/results/store";

const newline = 10;

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

/** The checkpoint that the next attempt goes on from: the newest whole one of the latest attempt that made any. */
export function newestCheckpoint(trial: string): SavedCheckpoint | undefined {
  for (const number of attemptsOf(trial).toReversed()) {
    const attempt = attemptFolder(trial, number);
    // An attempt taken for dead may replace its checkpoint while we look.
    for (let look = 0; look < 3; look++) {
      const measured = checkpointsIn(attempt).at(-1);
      // Without the measurements that it was made after, it would go on from a place that was never measured up to.
      if (measured === undefined || !isMeasured(attempt, measured)) break;
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

/**
 * Begins the measurements of an attempt with those up to the newest checkpoint of an earlier one, and returns that checkpoint. Both are looked up at once, here:
 * between a claim and this moment an attempt that was taken for dead may have saved another checkpoint.
 */
export function inherit(trial: string, attempt: string): Uint8Array | undefined {
  const checkpoint = newestCheckpoint(trial);
  const path = join(attempt, attemptFile.measurements);
  writeFileSync(path, checkpoint === undefined ? new Uint8Array() : measurementsOf(checkpoint));
  return checkpoint?.bytes;
}

/** Whether the measurements of an attempt are at least so many bytes, and a line ends there. */
function isMeasured(attempt: string, bytes: number): boolean {
  if (bytes === 0) return true;
  try {
    return readFileSync(join(attempt, attemptFile.measurements))[bytes - 1] === newline;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
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
