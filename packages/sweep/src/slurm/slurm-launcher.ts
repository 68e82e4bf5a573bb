import { setTimeout as sleep } from "node:timers/promises";
import { trialStanding, type PlannedStudyTrial } from "@attention-lab/results/store";
import type { AttemptOutcome } from "../attempt-trial.ts";
import type { Launcher, StudyWork } from "../launcher.ts";
import { checkFolder } from "./batch-jobs.ts";
import { batchScript } from "./batch-script.ts";
import { largestArray } from "./slurm-command.ts";
import { slurmArguments } from "./slurm-options.ts";
import { submissionsFolder } from "./submission.ts";
import { Submitter, type OpenTrial, type SubmitterOptions } from "./submitter.ts";

export interface SlurmLauncherOptions extends Omit<SubmitterOptions, "largest"> {
  /** Elements of a job array, at most; the cluster's own limit unless given. */
  readonly chunk?: number;
  /** Trials that have failed are to be tried again. */
  readonly retryFailed?: boolean;
  readonly lookEverySeconds?: number;
  /** The queue is asked after this time, and then less and less often. */
  readonly askAfterSeconds?: number;
}

const rarestAskSeconds = 30;

/**
 * Submits a study's trials to a cluster as job arrays, and watches the study's folder. What is done is read from the folder only; the queue is asked
 * whether anything of ours still waits or runs, and what is neither finished nor there nor at work is submitted again. So this process, the controller,
 * nodes and jobs may be killed at any moment. A RangeError names an option or a path that cannot be given to sbatch.
 */
export function slurmLauncher(options: SlurmLauncherOptions): Launcher {
  slurmArguments(options.slurm, { trial: true });
  batchScript(process.cwd(), [...options.command, ...(options.report ?? [])]);
  return {
    name: "slurm",
    interrupted: "leaving; what was submitted goes on without this process",
    launch: (work) => watch(work, options),
  };
}

async function watch(work: StudyWork, options: SlurmLauncherOptions): Promise<void> {
  const { chunk = Infinity, lookEverySeconds = 2, askAfterSeconds = 2, detach = false } = options;
  const unfinished = new UnfinishedTrials(work, options.retryFailed ?? false);
  let open = unfinished.look();
  // A finished study needs no cluster.
  if (work.finished()) return;
  checkFolder(submissionsFolder(work.folder));
  const submitter = new Submitter(work.folder, { ...options, largest: Math.min(chunk, await largestArray()) });
  let pause = askAfterSeconds;
  let askAt = 0;
  while (!work.stopping.aborted && !work.finished()) {
    const begun = performance.now();
    if (begun / 1000 >= askAt) {
      const submitted = await submitter.submitMissing(open);
      pause = submitted > 0 ? askAfterSeconds : Math.min(2 * pause, rarestAskSeconds);
      askAt = performance.now() / 1000 + pause;
    }
    if (detach) break;
    await sleep(1000 * lookEverySeconds, undefined, { signal: work.stopping }).catch(() => {});
    const looked = performance.now();
    open = unfinished.look();
    // Looking at very many trials must not keep a shared file system busy.
    const rest = 4 * (performance.now() - looked) - 1000 * lookEverySeconds;
    if (rest > 0) await sleep(rest, undefined, { signal: work.stopping }).catch(() => {});
  }
  await submitter.leave({ finished: work.finished() });
}

/** The trials of a study that have no end yet, as its folder tells. */
class UnfinishedTrials {
  readonly #work: StudyWork;
  readonly #retryFailed: boolean;
  /** Those that have begun; the others are left to the study's own queue, and taken again at the next look. */
  readonly #begun = new Map<string, PlannedStudyTrial>();
  readonly #retryAfter = new Map<string, number>();

  constructor(work: StudyWork, retryFailed: boolean) {
    this.#work = work;
    this.#retryFailed = retryFailed;
  }

  look(): OpenTrial[] {
    const { folder } = this.#work;
    for (let trial = this.#work.take(); trial !== undefined; trial = this.#work.take()) {
      this.#begun.set(trial.id, trial);
    }
    const settled: [PlannedStudyTrial, AttemptOutcome][] = [];
    const open: OpenTrial[] = [];
    for (const trial of this.#begun.values()) {
      const standing = trialStanding(folder.trialFolder(trial.id));
      if (standing.status === "ok") settled.push([trial, { kind: "ok" }]);
      else if (standing.status === "failed" && standing.failure.attempt > this.#triedBefore(trial, standing.failure)) {
        settled.push([trial, { kind: "failed", failure: standing.failure }]);
      } else {
        open.push({ trial, standing, retryAfter: this.#retryAfter.get(trial.id) });
        if (standing.status !== "begun") settled.push([trial, { kind: "busy" }]);
      }
    }
    for (const [{ id }] of settled) this.#begun.delete(id);
    this.#work.settle(settled);
    return open;
  }

  /** The attempt up to which failures do not count. */
  #triedBefore({ id }: PlannedStudyTrial, { attempt }: { readonly attempt: number }): number {
    if (!this.#retryFailed) return 0;
    const known = this.#retryAfter.get(id) ?? attempt;
    this.#retryAfter.set(id, known);
    return known;
  }
}
