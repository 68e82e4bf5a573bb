import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import {
  attemptFile,
  attemptFolder,
  attemptsOf,
  bootId,
  errorCode,
  onDisk,
  processStart,
  trialFile,
  trialStanding,
  writeAtomically,
  type AttemptOwner,
  type TrialFailure,
} from "@attention-lab/results/store";
import { deathsWithoutProgress } from "./attempt-history.ts";
import type { Lives } from "./lives.ts";
import { jobText, ownJob } from "./slurm/slurm-job.ts";

export interface Claim {
  readonly attempt: number;
  /** `attempts/<n>` of the trial: this process alone writes there. */
  readonly folder: string;
}
export type ClaimOutcome =
  | { readonly kind: "claimed"; readonly claim: Claim }
  | { readonly kind: "finished" }
  | { readonly kind: "failed"; readonly failure: TrialFailure }
  /** Another process works on it. */
  | { readonly kind: "busy" };

export interface ClaimOptions {
  /** Try a failed trial again. */
  readonly retryFailed: boolean;
  /** Attempts in a row that may die without a checkpoint before that is the trial's result. */
  readonly mostDeaths: number;
  readonly lives: Lives;
}

/**
 * Claims a trial for this process by making its next attempt. The folder is made under another name, with its owner already inside, and renamed: of any number of runners that try so at once, on any machines, the file system lets one succeed. An attempt is claimed
 * after its predecessor only if that has ended or its owner is dead.
 */
export function claimTrial(trial: string, { retryFailed, mostDeaths, lives }: ClaimOptions): ClaimOutcome {
  const standing = trialStanding(trial);
  if (standing.status === "ok") return { kind: "finished" };
  if (standing.status === "failed" && !retryFailed) return { kind: "failed", failure: standing.failure };
  if (standing.status === "begun") {
    const newest = attemptFolder(trial, standing.attempt);
    if (lives.mayBeAlive(newest, standing.owner)) return { kind: "busy" };
    const deaths = deathsWithoutProgress(trial);
    if (deaths >= mostDeaths && !retryFailed) {
      const failure = manyDeaths(standing.attempt, deaths);
      writeAtomically(join(newest, attemptFile.failure), `${JSON.stringify(failure, undefined, 2)}\n`);
      return { kind: "failed", failure };
    }
  }
  const claim = begin(trial, (attemptsOf(trial).at(-1) ?? 0) + 1);
  if (claim === undefined) return { kind: "busy" };
  lives.begin(claim.folder);
  // Its predecessor, taken for dead, may have finished in between.
  if (trialStanding(trial).status === "ok") {
    writeFileSync(join(claim.folder, attemptFile.stopped), "{}\n");
    return { kind: "finished" };
  }
  return { kind: "claimed", claim };
}

function begin(trial: string, attempt: number): Claim | undefined {
  const folder = attemptFolder(trial, attempt);
  const draft = join(trial, trialFile.attempts, `.${attempt}-${hostname()}-${process.pid}.draft`);
  return onDisk("claim", folder, () => {
    rmSync(draft, { recursive: true, force: true });
    mkdirSync(draft, { recursive: true });
    try {
      writeAtomically(join(draft, attemptFile.owner), `${JSON.stringify(ownOwner())}\n`);
      renameSync(draft, folder);
      return { attempt, folder };
    } catch (error) {
      rmSync(draft, { recursive: true, force: true });
      if (["ENOTEMPTY", "EEXIST", "EPERM"].includes(errorCode(error))) return undefined;
      throw error;
    }
  });
}

function ownOwner(): AttemptOwner {
  const job = ownJob();
  return {
    host: hostname(),
    boot: bootId(),
    pid: process.pid,
    start: processStart(process.pid),
    job: job === undefined ? null : jobText(job),
    at: new Date().toISOString(),
  };
}

function manyDeaths(attempt: number, deaths: number): TrialFailure {
  const message = `${deaths} attempts in a row ended without a result or a checkpoint, as when processes are killed`;
  return {
    status: "died",
    attempt,
    message,
    lastLines: [],
    seconds: 0,
    residentBytes: 0,
    at: new Date().toISOString(),
  };
}
