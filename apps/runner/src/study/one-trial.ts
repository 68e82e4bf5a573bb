import type { PlannedStudyTrial, StudyFolder } from "@attention-lab/results";
import { type AttemptOutcome, decideTrial, Lives, requeueAfter, timeUp } from "@attention-lab/sweep";
import type { GlobalOptions } from "../global-options.ts";
import { environmentStart } from "./environment-start.ts";
import { trialWorkerFile } from "./trial-worker-file.ts";

export interface OneTrialOptions extends GlobalOptions {
  readonly module?: string;
  readonly keepDiff?: boolean;
}

/**
 * Stays with one trial until it has an end; SIGTERM (a cluster's time limit, preemption) and SIGINT stop it, to go on another time. Slurm's warning that the
 * job's time is nearly up stops it too, and then the job is queued again. `retryAfter`: it is tried again if it has failed in an attempt up to this one.
 */
export async function runOneTrial(
  folder: StudyFolder,
  trial: PlannedStudyTrial,
  retryAfter: number,
  { module, backend, threads = coresOfJob(), keepDiff = false }: OneTrialOptions,
): Promise<AttemptOutcome> {
  const stop = new AbortController();
  const warned = new AbortController();
  const end = (): void => stop.abort();
  const warn = (): void => warned.abort();
  process.on("SIGINT", end).on("SIGTERM", end).on(timeUp, warn);
  try {
    const outcome = await decideTrial(folder, trial, {
      worker: trialWorkerFile(),
      retryAfter,
      mostDeaths: folder.study.limits.attempts,
      limits: folder.study.limits,
      lives: new Lives(),
      environment: environmentStart({ keepDiff }),
      signal: AbortSignal.any([stop.signal, warned.signal]),
      onBusy: () => console.error(`trial ${trial.id}: another process works on it; waiting for its result or its end`),
      ...(module === undefined ? {} : { module }),
      ...(backend === undefined ? {} : { backend }),
      ...(threads === undefined ? {} : { threads }),
    });
    if (outcome.kind === "stopped" && warned.signal.aborted) await goOn(folder.trialFolder(trial.id));
    return outcome;
  } finally {
    process.off("SIGINT", end).off("SIGTERM", end).off(timeUp, warn);
  }
}

/** Slurm ends this process when it queues its job again. */
async function goOn(trial: string): Promise<void> {
  console.error("the job's time is nearly up; queueing it again");
  if (!(await requeueAfter(trial))) console.error("it is not queued again, since the program has saved nothing new");
}

/** Nodes of a cluster have more cores than a job was given. */
function coresOfJob(): number | undefined {
  const cores = Number(process.env["SLURM_CPUS_PER_TASK"]);
  return Number.isInteger(cores) && cores > 0 ? cores : undefined;
}
