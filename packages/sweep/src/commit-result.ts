import { linkSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  attemptFile,
  errorCode,
  onDisk,
  syncFolder,
  trialFile,
  withoutEscapes,
  writeAtomically,
  type TrialFailure,
  type TrialResult,
} from "@attention-lab/results/store";
import type { Claim } from "./claim.ts";
import type { TrialReply } from "./trial-messages.ts";

type Finished = Extract<TrialReply, { kind: "finished" }>;
type Failed = Extract<TrialReply, { kind: "failed" }>;

const newline = 10;
const logLines = 12;
/** What file systems such as FAT answer to a hard link. */
const linkless = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"];

/**
 * Commits the result of an attempt: written and synced in the attempt, then linked into the trial's folder. A link is made or refused as a whole, so of
 * two attempts that finish (one was taken for dead and was not) the first is the result. False: another was first.
 */
export function commitResult(trial: string, { attempt, folder }: Claim, reply: Finished, seconds: number): boolean {
  const { metrics, residentBytes } = reply;
  const measurements = linesIn(join(folder, attemptFile.measurements));
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
      if (!linkless.includes(errorCode(error))) throw error;
      throw new Error(
        `study: ${trial} lies on a file system without hard links, which studies need; choose another folder`,
        {
          cause: error,
        },
      );
    }
    syncFolder(trial);
    return true;
  });
}

/** A failure stays with its attempt: a later attempt, when one is asked for, supersedes it without removing anything. */
export function commitFailure(
  { attempt, folder }: Claim,
  reply: Failed,
  seconds: number,
  output: string,
): TrialFailure {
  const { status, residentBytes } = reply;
  const message = plainText(reply.message);
  const lastLines = lastLinesOf(output);
  const at = new Date().toISOString();
  const failure: TrialFailure = { status, attempt, message, lastLines, seconds, residentBytes, at };
  writeAtomically(join(folder, attemptFile.failure), `${JSON.stringify(failure, undefined, 2)}\n`);
  return failure;
}

/** Whole lines; the writer has checked each, and reading a million of them again would stop this process for seconds. */
function linesIn(path: string): number {
  return readFileSync(path).reduce((lines, byte) => (byte === newline ? lines + 1 : lines), 0);
}

function lastLinesOf(output: string): string[] {
  const plain = plainText(output).trimEnd();
  return plain === "" ? [] : plain.split("\n").slice(-logLines);
}

/** Without what moves a terminal's cursor or colours it: reports print it. */
function plainText(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return withoutEscapes(text).replaceAll(/[\u0000-\u0008\u000B-\u001F\u007F]/g, "");
}
