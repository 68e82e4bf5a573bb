import { fit, type Progress, type Trainer } from "@attention-lab/training";
import { TrainingProgress } from "./progress.ts";
import { bestName, checkpointName, type RunFolder } from "./run-folder.ts";
import type { Run } from "./run.ts";
import { scoresText } from "./scores.ts";
import type { System } from "./system.ts";

const evaluationBatches = 8;

export interface TrainRunOptions {
  readonly run: Run;
  readonly trainer: Trainer;
  readonly system: System;
  readonly folder: RunFolder | undefined;
  readonly progress: Progress;
  readonly checkpointEvery: number;
}
export interface Trained {
  readonly losses: readonly { readonly step: number; readonly loss: number }[];
  /** Null when a finished run was continued. */
  readonly secondsPerStep: number | null;
  readonly tokensPerSecond: number | null;
}

/** Trains a run to its end, telling the terminal and the run's folder. An error that ends it early says what is kept. */
export async function trainRun(options: TrainRunOptions): Promise<Trained> {
  const { run, trainer, system, folder, progress, checkpointEvery } = options;
  const { steps, evaluateEvery, patience } = run;
  const first = trainer.step;
  let saved = folder?.checkpoint === undefined ? undefined : first;
  const losses: { step: number; loss: number }[] = [];
  const tokensPerStep = system.tokensPerBatch * run.accumulate;
  const terminal = new TrainingProgress(process.stderr, { steps, first, tokensPerStep });
  folder?.resume(first);
  const begun = performance.now();
  try {
    const fitted = await fit({
      trainer,
      steps,
      progress,
      evaluationBatches,
      checkpointEvery,
      ...(evaluateEvery === undefined ? {} : { evaluateEvery }),
      ...(patience === undefined ? {} : { patience }),
      onStep: ({ step, loss, learningRate }) => {
        losses.push({ step, loss });
        const tokensPerSecond = Math.round(terminal.tokensPerSecond(step));
        folder?.tell("train", { step, loss, learningRate, tokensPerSecond });
        terminal.step(step, loss);
      },
      onEvaluation: (step, scores) => {
        folder?.tell("validation", { step, ...scores });
        terminal.note(`step ${step}, validation: ${scoresText(scores)}`);
      },
      ...(folder === undefined
        ? {}
        : {
            save: (bytes, { step, best }) => {
              folder.replace(checkpointName, bytes);
              if (best) folder.replace(bestName, bytes);
              saved = step;
            },
          }),
    });
    const seconds = (performance.now() - begun) / 1000;
    terminal.clear();
    if (fitted.stoppedEarly) terminal.note(`stopped early: no lower loss since step ${fitted.progress.best?.step}`);
    const tokens = losses.length * tokensPerStep;
    return losses.length === 0
      ? { losses, secondsPerStep: null, tokensPerSecond: null }
      : { losses, secondsPerStep: seconds / losses.length, tokensPerSecond: tokens / seconds };
  } catch (error) {
    terminal.clear();
    throw withKept(error, folder, saved);
  } finally {
    folder?.close();
  }
}

function withKept(error: unknown, folder: RunFolder | undefined, saved: number | undefined): unknown {
  if (!(error instanceof Error) || folder === undefined || saved === undefined) return error;
  return new Error(`${error.message} (the checkpoint of step ${saved} is kept in ${folder.folder})`, { cause: error });
}
