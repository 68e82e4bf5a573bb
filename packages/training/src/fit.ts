import { invalid, positiveInteger } from "@attention-lab/tensors";
import type { Progress } from "./checkpoint.ts";
import type { Scores } from "./objective.ts";
import type { StepReport, Trainer } from "./trainer.ts";

/** When a training loop looks up from its steps. Every decision depends on step numbers alone, so a resumed run makes the same ones. */
export interface FitOptions {
  readonly trainer: Trainer;
  /** The run is over after this step. */
  readonly steps: number;
  /** Steps between evaluations; absent: none before the end. */
  readonly evaluateEvery?: number;
  /** Batches of an evaluation; all unless given. */
  readonly evaluationBatches?: number;
  /** Evaluations without a lower loss after which the run stops early; absent: never. Needs `evaluateEvery`. */
  readonly patience?: number;
  /** Steps between checkpoints; the last step always makes one. Absent: that one alone. */
  readonly checkpointEvery?: number;
  /** What was known when the checkpoint that the trainer continues was written. */
  readonly progress?: Progress;
  /** Waited for. A step itself never lets other events of the process through. */
  readonly onStep?: (report: StepReport) => void | Promise<void>;
  readonly onEvaluation?: (step: number, scores: Scores) => void;
  /** Keeps the bytes of a checkpoint; `best` tells that no evaluation before had as low a loss. */
  readonly save?: (bytes: Uint8Array, which: { readonly step: number; readonly best: boolean }) => void;
}

export interface Fitted {
  readonly step: number;
  readonly stoppedEarly: boolean;
  readonly progress: Progress;
}

/**
 * Trains until `steps` or until the validation loss has stopped falling.
 * Errors: a loss or parameter that is not finite ends the run with the step in the sentence; what was saved before stays.
 */
export async function fit(options: FitOptions): Promise<Fitted> {
  const { trainer, steps, evaluateEvery, patience, checkpointEvery, save } = options;
  check(options);
  let progress = options.progress ?? {};
  while (trainer.step < steps && !isStale(progress, trainer.step, options)) {
    const report = await trainer.trainStep();
    const { step } = report;
    await options.onStep?.(report);
    const before = progress;
    if (evaluateEvery !== undefined && step % evaluateEvery === 0) {
      const scores = await trainer.evaluate(options.evaluationBatches);
      options.onEvaluation?.(step, scores);
      if (scores.loss < (progress.best?.loss ?? Infinity)) progress = { best: { step, loss: scores.loss } };
    }
    const best = progress !== before;
    const ends = step >= steps || isStale(progress, step, options);
    const due = checkpointEvery !== undefined && step % checkpointEvery === 0;
    if (save !== undefined && (best || ends || due)) save(await trainer.checkpoint(progress), { step, best });
  }
  const stoppedEarly = patience !== undefined && trainer.step < steps;
  return { step: trainer.step, stoppedEarly, progress };
}

function isStale({ best }: Progress, step: number, { evaluateEvery = 0, patience }: FitOptions): boolean {
  return patience !== undefined && best !== undefined && step - best.step >= patience * evaluateEvery;
}

function check({ steps, evaluateEvery, evaluationBatches, patience, checkpointEvery }: FitOptions): void {
  for (const [name, value] of Object.entries({ steps, evaluateEvery, evaluationBatches, patience, checkpointEvery })) {
    if (value !== undefined) positiveInteger("fit", name, value);
  }
  if (patience !== undefined && evaluateEvery === undefined) {
    throw invalid("fit", "patience needs evaluateEvery", evaluateEvery);
  }
}
