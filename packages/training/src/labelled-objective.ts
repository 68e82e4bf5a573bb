import { type Scalar, type Tensor, cast, greaterEqual, sum, tidy } from "@tensorflow/tfjs-core";
import type { Parameters } from "@attention-lab/nn";
import { freeBatch } from "./free-batch.ts";
import { crossEntropy, type LabelSmoothing } from "./loss.ts";
import type { Objective, Scores, TrainingPhase } from "./objective.ts";
import { Tally, tally } from "./tally.ts";

/** A source of batches whose targets are class ids, -1 where nothing is asked: what the tasks of `@attention-lab/tasks` are. */
export interface LabelledData<Batch extends { readonly targets: Tensor }> {
  readonly name: string;
  batch(index: number): Batch;
  readonly validationBatches: number;
  validationBatch(index: number): Batch;
}

export interface LabelledOptions<Batch extends { readonly targets: Tensor }> {
  readonly data: LabelledData<Batch>;
  parameters(): Parameters;
  /** Logits [...,V] for targets [...]. */
  logits(batch: Batch, phase: Required<TrainingPhase>): Tensor;
  /** In training only: scores are of the plain loss. */
  readonly labelSmoothing?: LabelSmoothing;
  /** Whether a row of targets is one answer, so that getting all of it right is a score. */
  readonly sequences: boolean;
  readonly bytesPerTarget?: number;
}

/** Cross-entropy of a model's logits against class ids: language modelling, masked tokens, classification and sequence to sequence all are. */
export function labelledObjective<Batch extends { readonly targets: Tensor }>(
  options: LabelledOptions<Batch>,
): Objective {
  const { data, labelSmoothing } = options;
  // A trainer hands back the batches it was given, so the type that it forgot is known here.
  const own = (batch: object) => batch as Batch;
  return {
    name: data.name,
    parameters: () => options.parameters(),
    batch: (index) => data.batch(index),
    loss: (batch, phase) =>
      crossEntropy(options.logits(own(batch), phase), own(batch).targets, phase.training ? labelSmoothing : undefined),
    weight: (batch) => tidy(() => sum(cast(greaterEqual(own(batch).targets, 0), "float32")) as Scalar),
    evaluate: ({ batches = data.validationBatches } = {}) =>
      evaluate(options, Math.min(batches, data.validationBatches)),
  };
}

async function evaluate<Batch extends { readonly targets: Tensor }>(
  options: LabelledOptions<Batch>,
  batches: number,
): Promise<Scores> {
  const { data, sequences, bytesPerTarget } = options;
  const total = new Tally();
  for (let index = 0; index < batches; index++) {
    const batch = data.validationBatch(index);
    const counts = tidy(() => tally(options.logits(batch, { training: false, step: 0 }), batch.targets));
    total.add(await counts.data());
    counts.dispose();
    freeBatch(batch);
  }
  return total.scores({ sequences, ...(bytesPerTarget === undefined ? {} : { bytesPerTarget }) });
}
