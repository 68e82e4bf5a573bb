import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  attemptFile,
  errorCode,
  onDisk,
  readIfThere,
  type StudyTrialConfig,
  type TrialFailure,
} from "@attention-lab/results/store";
import { claimTrial, type Claim, type ClaimOptions } from "./claim.ts";
import { commitFailure, commitResult } from "./commit-result.ts";
import { superviseTrial, type Ended, type SuperviseOptions } from "./supervise-trial.ts";
import type { EnvironmentStart, TrialRequest } from "./trial-messages.ts";

export interface AttemptOptions extends ClaimOptions, SuperviseOptions {
  readonly module?: string;
  readonly backend?: string;
  readonly threads?: number;
  readonly environment: EnvironmentStart;
}

export type AttemptOutcome =
  | { readonly kind: "ok" | "finished" | "busy" | "stopped" | "died" }
  | { readonly kind: "failed"; readonly failure: TrialFailure };

/**
 * Claims a trial and runs its program once in a process of its own, within its limits; this process watches, keeps the heartbeat, and alone commits what
 * came out. "died": the process was killed from outside, or the folder deleted, which is no result; the trial waits again. Errors: the disk refuses.
 */
export async function attemptTrial(
  trial: string,
  config: StudyTrialConfig,
  options: AttemptOptions,
): Promise<AttemptOutcome> {
  let claim: Claim | undefined;
  let owner: string | undefined;
  try {
    const claimed = claimTrial(trial, options);
    if (claimed.kind !== "claimed") return claimed;
    claim = claimed.claim;
    owner = ownerOf(claim.folder);
    if (owner === undefined) return { kind: "died" };
    const ended = await superviseTrial(request(trial, claim.folder, owner, config, options), options);
    if (isDeleted(claim, owner)) return { kind: "died" };
    return commit(trial, claim, ended);
  } catch (error) {
    if (errorCode(error) === "ENOENT" && isDeleted(claim, owner)) return { kind: "died" };
    throw error;
  } finally {
    if (claim !== undefined) options.lives.end(claim.folder);
  }
}

/** Whether somebody deleted our attempt; another runner may have made one of the same number since, which has another owner. */
function isDeleted(claim: Claim | undefined, owner: string | undefined): boolean {
  return claim === undefined || owner === undefined || ownerOf(claim.folder) !== owner;
}

/** What `owner.json` says: no two attempts have the same, as no two processes on one machine begin with the same number at the same time. */
function ownerOf(attempt: string): string | undefined {
  return readIfThere(join(attempt, attemptFile.owner));
}

function commit(trial: string, claim: Claim, { kind, reply, seconds, lastOutput }: Ended): AttemptOutcome {
  if (kind === "died") return { kind };
  if (reply.kind === "finished") return { kind: commitResult(trial, claim, reply, seconds) ? "ok" : "finished" };
  if (reply.kind === "failed") return { kind: "failed", failure: commitFailure(claim, reply, seconds, lastOutput) };
  const path = join(claim.folder, attemptFile.stopped);
  const stopped = (): void => writeFileSync(path, `${JSON.stringify(reply)}\n`);
  if (reply.kind === "stopped") onDisk("write", path, stopped);
  else {
    // On a disk that refused the trial even this word may be too much; without it the attempt counts as one that died.
    tryTo(stopped);
    throw new Error(reply.message);
  }
  return { kind: "stopped" };
}

function tryTo(body: () => void): void {
  try {
    body();
  } catch {
    // See where it is called.
  }
}

function request(
  trial: string,
  attempt: string,
  owner: string,
  config: StudyTrialConfig,
  { module, backend, threads, environment }: AttemptOptions,
): TrialRequest & { kind: "run" } {
  return {
    kind: "run",
    config,
    trial,
    attempt,
    owner,
    environment,
    ...(module === undefined ? {} : { module }),
    ...(backend === undefined ? {} : { backend }),
    ...(threads === undefined ? {} : { threads }),
  };
}
