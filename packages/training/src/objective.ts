import type { Scalar } from "@tensorflow/tfjs-core";
import type { Parameters } from "@attention-lab/nn";

/** What training asks of a model and its data together. Everything it sees is a function of an index, so that a run can be resumed exactly. */
export interface Objective {
  readonly name: string;
  /** Trainable variables of the model by dotted name. */
  parameters(): Parameters;
  /** Training batch of an index, a pure function of it; the caller owns its tensors. */
  batch(index: number): object;
  /** Mean loss of a batch over its counted targets, in nats. */
  loss(batch: object, phase: Required<TrainingPhase>): Scalar;
  /** Number of counted targets: the weight of this batch's loss among several. */
  weight(batch: object): Scalar;
  /** Scores on held-out data: the first `batches` batches of it, all unless given. */
  evaluate(options?: { readonly batches?: number }): Promise<Scores>;
}

export interface TrainingPhase {
  readonly training: boolean;
  /** Counted from 0; with a layer's seed it selects the dropout mask. */
  readonly step: number;
}

/** What was measured on held-out data; a score that has no meaning for a task is absent. */
export interface Scores {
  /** Cross-entropy without smoothing, nats per counted target. */
  readonly loss: number;
  /** exp(loss). */
  readonly perplexity: number;
  /** Share of counted targets that got the highest logit, the lowest id among equals. */
  readonly accuracy: number;
  /** Share of rows whose counted targets all got the highest logit: what greedy decoding would get exactly right. */
  readonly exactMatch?: number;
  /** Bits per byte of UTF-8 text, which compares vocabularies fairly. */
  readonly bitsPerByte?: number;
}
