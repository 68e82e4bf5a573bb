import { StudyFolder } from "@attention-lab/results";
import { Lives, runStudy, type StudyPlan, type StudyProgress, studyStart, StudyWatch } from "@attention-lab/sweep";
import { currentCommit } from "../commit.ts";
import type { GlobalOptions } from "../global-options.ts";
import { duration, printJson } from "../output.ts";
import { environmentStart } from "./environment-start.ts";
import type { LaunchOptions } from "./launch-options.ts";
import { launcherOf } from "./launcher-of.ts";
import { StudyDisplay } from "./study-display.ts";
import { TensorBoardMirror } from "./tensorboard-mirror.ts";
import { trialWords } from "./trial-words.ts";
import { trialWorkerFile } from "./trial-worker-file.ts";
import { untilInterrupted } from "./until-interrupted.ts";

export type SweepStudyOptions = GlobalOptions &
  LaunchOptions & {
    readonly out: string;
    readonly retryFailed?: boolean;
    readonly json?: boolean;
    readonly tensorboard?: boolean;
  };

/** Runs what a study's folder lacks on this machine. Ctrl-C once finishes the running trials, twice stops them. */
export async function sweepStudy(plan: StudyPlan, options: SweepStudyOptions): Promise<void> {
  const begun = performance.now();
  const { out, backend, keepDiff = false, retryFailed = false } = options;
  let display: StudyDisplay | undefined;
  const note = (text: string): void => (display === undefined ? console.error(text) : display.note(text));
  const launcher = launcherOf(plan, options, note);
  const folder = StudyFolder.begin(out, studyStart(plan, currentCommit()), plan.trials);
  const { study, trials, skipped } = plan;
  note(`${study.name}: ${trials.length} trials, ${skipped.length} skipped`);
  const lives = new Lives();
  const watch = new StudyWatch(plan, folder, { lives, retryFailed });
  const wordsOf = trialWords(plan);
  const mirror = options.tensorboard === true ? new TensorBoardMirror(folder, wordsOf) : undefined;
  const onLook = (): void => mirror?.look();
  const shown = new StudyDisplay({ stream: process.stderr, name: study.name, watch, wordsOf, onLook });
  display = shown;
  shown.begin();
  const progress = await untilInterrupted(note, launcher.interrupted, ({ finish, stop }) =>
    runStudy(plan, folder, {
      worker: trialWorkerFile(),
      launcher,
      retryFailed,
      lives,
      finish,
      stop,
      environment: environmentStart({ keepDiff }),
      ...(backend === undefined ? {} : { backend }),
      onOutcome: (trial, { kind }) => {
        if (kind === "died") note(`${wordsOf(trial)}: its process was killed, it will be tried again`);
      },
      onTrouble: (error) => note(`${error instanceof Error ? error.message : String(error)}; no more trials are begun`),
    }).finally(() => shown.end()),
  );
  mirror?.end();
  tell(progress, skipped.length, options, (performance.now() - begun) / 1000);
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
