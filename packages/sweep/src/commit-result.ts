import { closeSync, fstatSync, linkSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import {
  attemptFile,
  errorCode,
  onDisk,
  readMeasurements,
  syncFolder,
  trialFile,
  writeAtomically,
  type TrialFailure,
  type TrialResult,
} from "@attention-lab/results/store";
import type { Claim } from "./claim.ts";
import type { TrialReply } from "./trial-messages.ts";

type Finished = Extract<TrialReply, { kind: "finished" }>;
type Failed = Extract<TrialReply, { kind: "failed" }>;

const logBytes = 4096;
const logLines = 12;

/**
 * Commits the result of an attempt: written and synced in the attempt, then linked into the trial's folder. A link is made or refused as a whole, so of
 * two attempts that finish (one was taken for dead and was not) the first is the result. False: another was first.
 */
export function commitResult(trial: string, { attempt, folder }: Claim, reply: Finished, seconds: number): boolean {
  const { metrics, residentBytes } = reply;
  const measurements = readMeasurements(folder).length;
  const at = new Date().toISOString();
  const result: TrialResult = { status: "ok", attempt, metrics, measurements, seconds, residentBytes, at };
  const path = join(folder, attemptFile.result);
  const target = join(trial, trialFile.result);
  writeAtomically(path, `${JSON.stringify(result, undefined, 2)}\n`);
  return onDisk("write", target, () => {
    try {
      linkSync(path, target);
    } catch (error) {
      if (errorCode(error) === "EEXIST") return false;
      throw error;
    }
    syncFolder(trial);
    return true;
  });
}

/** A failure stays with its attempt: a later attempt, when one is asked for, supersedes it without removing anything. */
export function commitFailure({ attempt, folder }: Claim, reply: Failed, seconds: number): TrialFailure {
  const { status, message, residentBytes } = reply;
  const lastLines = tailOf(folder).trimEnd().split("\n").slice(-logLines);
  const at = new Date().toISOString();
  const failure: TrialFailure = { status, attempt, message, lastLines, seconds, residentBytes, at };
  writeAtomically(join(folder, attemptFile.failure), `${JSON.stringify(failure, undefined, 2)}\n`);
  return failure;
}

/** The end of an attempt's `output.log`; "" when there is none. */
export function tailOf(folder: string): string {
  let file: number;
  try {
    file = openSync(join(folder, attemptFile.output), "r");
  } catch {
    return "";
  }
  try {
    const { size } = fstatSync(file);
    const bytes = Buffer.alloc(Math.min(size, logBytes));
    readSync(file, bytes, 0, bytes.length, size - bytes.length);
    return bytes.toString("utf8");
  } finally {
    closeSync(file);
  }
}
