import type { PlannedStudyTrial, StudyFolder } from "@attention-lab/results";
import { attemptTrial, type AttemptOutcome, Lives } from "@attention-lab/sweep";
import type { GlobalOptions } from "../global-options.ts";
import { environmentStart } from "./environment-start.ts";
import { trialWorkerFile } from "./trial-worker-file.ts";

export interface OneTrialOptions extends GlobalOptions {
  readonly module?: string;
  readonly retryFailed?: boolean;
}

/** Claims one trial and runs it; SIGTERM and SIGINT stop it, to go on another time. */
export async function runOneTrial(
  folder: StudyFolder,
  trial: PlannedStudyTrial,
  { module, retryFailed = false, backend, threads }: OneTrialOptions,
): Promise<AttemptOutcome> {
  const stop = new AbortController();
  const end = (): void => stop.abort();
  process.once("SIGINT", end).once("SIGTERM", end);
  try {
    return await attemptTrial(folder.prepare(trial), trial.config, {
      worker: trialWorkerFile(),
      retryFailed,
      mostDeaths: folder.study.limits.attempts,
      limits: folder.study.limits,
      lives: new Lives(),
      environment: environmentStart({ keepDiff: false }),
      signal: stop.signal,
      ...(module === undefined ? {} : { module }),
      ...(backend === undefined ? {} : { backend }),
      ...(threads === undefined ? {} : { threads }),
    });
  } finally {
    process.off("SIGINT", end).off("SIGTERM", end);
  }
}
