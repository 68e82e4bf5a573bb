import { StudyFolder, type PlannedStudyTrial } from "@attention-lab/results";
import {
  type AttemptOutcome,
  localLauncher,
  runStudy,
  type StudyPlan,
  type StudyProgress,
  studyStart,
} from "@attention-lab/sweep";
import { currentCommit } from "../commit.ts";
import { codes } from "../exit.ts";
import type { GlobalOptions } from "../global-options.ts";
import { duration, printJson } from "../output.ts";
import { StatusLine } from "../status-line.ts";
import { environmentStart } from "./environment-start.ts";
import type { LaunchOptions } from "./launch-options.ts";
import { trialWorkerFile } from "./trial-worker-file.ts";

export type SweepStudyOptions = GlobalOptions &
  LaunchOptions & { readonly out: string; readonly retryFailed?: boolean; readonly json?: boolean };

/** Runs what a study's folder lacks on this machine. Ctrl-C once finishes the running trials, twice stops them. */
export async function sweepStudy(plan: StudyPlan, options: SweepStudyOptions): Promise<void> {
  const begun = performance.now();
  const { out, processes, threads, gpus, backend, keepDiff = false, retryFailed = false } = options;
  const folder = StudyFolder.begin(out, studyStart(plan, currentCommit()), plan.trials);
  const line = new StatusLine(process.stderr);
  const { study, trials, skipped } = plan;
  line.note(`${study.name}: ${trials.length} trials, ${skipped.length} skipped`);
  const { bytes } = study.limits;
  const launcher = localLauncher({
    ...(processes === undefined ? {} : { processes }),
    ...(threads === undefined ? {} : { threads }),
    ...(gpus === undefined ? {} : { gpus }),
    ...(bytes === undefined ? {} : { bytes }),
  });
  const pace = new Pace();
  const progress = await untilInterrupted(line, ({ finish, stop }) =>
    runStudy(plan, folder, {
      worker: trialWorkerFile(),
      launcher,
      retryFailed,
      finish,
      stop,
      environment: environmentStart({ keepDiff }),
      ...(backend === undefined ? {} : { backend }),
      onProgress: (now) => line.show(`${progressText(now)}${pace.left(now)}`),
      onOutcome: (trial, outcome) => told(line, trial, outcome),
    }).finally(() => line.clear()),
  );
  tell(progress, skipped.length, options, (performance.now() - begun) / 1000);
}

/** `12 of 480 trials done, 1 failed, 3 running, 2 with other runners`. */
function progressText({ total, done, failed, running, elsewhere }: StudyProgress): string {
  const parts = [`${done} of ${total} trials done`];
  if (failed > 0) parts.push(`${failed} failed`);
  if (running > 0) parts.push(`${running} running`);
  if (elsewhere > 0) parts.push(`${elsewhere} with other runners`);
  return parts.join(", ");
}

/** What is left, by how fast trials came to an end so far. */
class Pace {
  readonly #begun = performance.now();
  #first: number | undefined;

  left({ total, done, failed }: StudyProgress): string {
    const ended = done + failed;
    this.#first ??= ended;
    const since = ended - this.#first;
    if (since === 0) return "";
    const seconds = (performance.now() - this.#begun) / 1000;
    return `, about ${duration((seconds / since) * (total - ended))} left`;
  }
}

function told(line: StatusLine, { id }: PlannedStudyTrial, outcome: AttemptOutcome): void {
  if (outcome.kind === "failed")
    line.note(`trial ${id.slice(0, 12)}: ${outcome.failure.status}, ${outcome.failure.message}`);
  if (outcome.kind === "died") line.note(`trial ${id.slice(0, 12)}: its process was killed, it will be tried again`);
}

interface Signals {
  readonly finish: AbortSignal;
  readonly stop: AbortSignal;
}

/** The first Ctrl-C lets running trials finish, the second (or a supervisor's SIGTERM) stops them; what is finished is kept in any case. */
async function untilInterrupted<T>(line: StatusLine, work: (signals: Signals) => Promise<T>): Promise<T> {
  const [finish, stop] = [new AbortController(), new AbortController()];
  const terminate = (): void => {
    process.exitCode = codes.interrupted;
    finish.abort();
    stop.abort();
  };
  const interrupt = (): void => {
    if (finish.signal.aborted) return terminate();
    process.exitCode = codes.interrupted;
    finish.abort();
    line.note("finishing the running trials; Ctrl-C once more stops them");
  };
  process.on("SIGINT", interrupt).on("SIGTERM", terminate);
  try {
    return await work({ finish: finish.signal, stop: stop.signal });
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", terminate);
  }
}

function tell(progress: StudyProgress, skipped: number, { out, json }: SweepStudyOptions, seconds: number): void {
  const { total, done, failed } = progress;
  if (json === true) {
    printJson({ folder: out, done, failed, total, skipped, seconds });
    return;
  }
  const failures = failed === 0 ? "" : `, ${failed} failed`;
  const rest = done + failed < total ? "; run the same command again to go on" : "";
  console.log(
    `${done} of ${total} trials done${failures} in ${duration(seconds)}${rest}; see them with: attn report ${out}`,
  );
}
