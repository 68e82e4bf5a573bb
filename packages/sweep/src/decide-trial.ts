import { setTimeout as sleep } from "node:timers/promises";
import { trialStanding, type PlannedStudyTrial, type StudyFolder } from "@attention-lab/results/store";
import { attemptTrial, type AttemptOptions, type AttemptOutcome } from "./attempt-trial.ts";

export interface DecideOptions extends Omit<AttemptOptions, "retryFailed"> {
  /** Try it again although it has failed, unless that was in a later attempt than this. */
  readonly retryAfter?: number;
  readonly lookEveryMilliseconds?: number;
  /** Called once when another process is found at work on it. */
  onBusy?(): void;
}

/**
 * Stays with a trial until it has a result or a failure: runs it, again when its process dies, and while somebody else works on it waits for that one's
 * result or death. Resolves with "stopped" when told to stop. Errors: the disk refuses.
 */
export async function decideTrial(
  folder: StudyFolder,
  planned: PlannedStudyTrial,
  options: DecideOptions,
): Promise<AttemptOutcome> {
  const { retryAfter = 0, lookEveryMilliseconds = 2000, signal } = options;
  let told = false;
  for (;;) {
    const trial = folder.prepare(planned);
    const standing = trialStanding(trial);
    const retryFailed = standing.status === "failed" && standing.failure.attempt <= retryAfter;
    const outcome = await attemptTrial(trial, planned.config, { ...options, retryFailed });
    if (outcome.kind !== "busy" && outcome.kind !== "died") return outcome;
    if (outcome.kind === "busy") {
      if (!told) options.onBusy?.();
      told = true;
      await sleep(lookEveryMilliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => {});
    }
    if (signal?.aborted === true) return { kind: "stopped" };
  }
}
