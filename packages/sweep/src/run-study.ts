import type { PlannedStudyTrial, StudyFolder } from "@attention-lab/results/store";
import { attemptTrial, type AttemptOptions, type AttemptOutcome } from "./attempt-trial.ts";
import type { Launcher } from "./launcher.ts";
import { Lives } from "./lives.ts";
import { StudyQueue, type StudyProgress } from "./study-queue.ts";
import type { StudyPlan } from "./study-plan.ts";

export interface RunStudyOptions extends Pick<AttemptOptions, "worker" | "execArgv" | "backend" | "environment"> {
  readonly launcher: Launcher;
  /** Try failed trials again; otherwise a failure is their result. */
  readonly retryFailed?: boolean;
  /** No more trials are begun; those that run are finished. */
  readonly finish?: AbortSignal;
  /** Those that run are stopped too. */
  readonly stop?: AbortSignal;
  readonly lives?: Lives;
  onProgress?(progress: StudyProgress): void;
  /** Called when an attempt has ended. */
  onOutcome?(trial: PlannedStudyTrial, outcome: AttemptOutcome): void;
  /** Called once when the disk refuses: running trials may take hours to end before that error is thrown. */
  onTrouble?(error: unknown): void;
}

/**
 * Runs what a study's folder lacks. Any number of runners may share the folder, on any machines: claims keep each trial from being run twice. Killed
 * at any moment and run again, it goes on where it was. Resolves with how far the study is; Errors: the disk refuses.
 */
export async function runStudy(plan: StudyPlan, folder: StudyFolder, options: RunStudyOptions): Promise<StudyProgress> {
  const { launcher, retryFailed = false, lives = new Lives() } = options;
  const queue = new StudyQueue(plan, folder, { retryFailed });
  const trouble = new AbortController();
  const signals = [options.finish, options.stop, trouble.signal].filter((signal) => signal !== undefined);
  const stopping = AbortSignal.any(signals);
  const { limits } = plan.study;
  const retried = new Set<string>();
  let failure: unknown;
  const tell = (): void => options.onProgress?.(queue.progress());
  /** Nothing more can be kept when the disk refuses: no trial is begun any more, those that run may end, and nothing finished is lost. */
  const refuse = (error: unknown): void => {
    if (failure === undefined) options.onTrouble?.(error);
    failure ??= error;
    trouble.abort();
  };
  const attempted = async (attempt: () => Promise<AttemptOutcome>): Promise<AttemptOutcome> => {
    try {
      return await attempt();
    } catch (error) {
      refuse(error);
      return { kind: "stopped" };
    }
  };
  const settle = (trial: PlannedStudyTrial, outcome: AttemptOutcome): void => {
    if (outcome.kind !== "busy") retried.add(trial.id);
    try {
      queue.settle(trial, outcome);
    } catch (error) {
      refuse(error);
    }
    options.onOutcome?.(trial, outcome);
  };
  tell();
  await launcher.launch({
    folder,
    stopping,
    take: () => queue.take(),
    finished: () => queue.finished(),
    settle(found) {
      for (const [trial, outcome] of found) settle(trial, outcome);
      tell();
    },
    async attempt(trial, { threads, variables }) {
      tell();
      const retry = retryFailed && !retried.has(trial.id);
      const outcome = await attempted(() =>
        attemptTrial(folder.prepare(trial), trial.config, {
          ...options,
          ...(options.stop === undefined ? {} : { signal: options.stop }),
          ...(plan.program.module === undefined ? {} : { module: plan.program.module }),
          retryFailed: retry,
          mostDeaths: limits.attempts,
          limits,
          lives,
          threads,
          variables,
        }),
      );
      settle(trial, outcome);
      tell();
      return outcome;
    },
  });
  if (failure !== undefined) throw failure;
  return queue.progress();
}
