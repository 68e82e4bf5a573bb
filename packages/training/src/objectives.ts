import type { Tensor1D, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import type { Parameters } from "@attention-lab/nn";
import { type LabelledData, labelledObjective } from "./labelled-objective.ts";
import type { LabelSmoothing } from "./loss.ts";
import type { Objective, TrainingPhase } from "./objective.ts";

type Phase = Required<TrainingPhase>;
type Padded = Phase & { readonly padding?: Tensor2D };
interface Model {
  parameters(): Parameters;
}
export interface ObjectiveOptions {
  /** In training only: scores are of the plain loss. */
  readonly labelSmoothing?: LabelSmoothing;
}

/** A language model: `DecoderOnlyTransformer` of `@attention-lab/models` is one. */
export interface TokenModel extends Model {
  /** int32 ids [B,N] -> logits [B,N,V]. */
  logits(ids: Tensor2D, phase: Phase): Tensor3D;
}
/** Rows of token ids; targets are -1 where nothing is asked. */
export interface TokenBatch {
  readonly inputs: Tensor2D; // [B,N] int32
  readonly targets: Tensor2D; // [B,N] int32
  /** [B,N], 1 = a real token, 0 = padding behind it; absent: all are real. */
  readonly padding?: Tensor2D;
}

/** Next-token prediction. With the task's `bytesPerToken` the scores have bits per byte. */
export function languageModelling(
  model: TokenModel,
  task: LabelledData<TokenBatch> & { readonly bytesPerToken?: number },
  options: ObjectiveOptions = {},
): Objective {
  return labelledObjective<TokenBatch>({
    ...options,
    data: task,
    parameters: () => model.parameters(),
    logits: ({ inputs }, phase) => model.logits(inputs, phase),
    sequences: false,
    ...(task.bytesPerToken === undefined ? {} : { bytesPerTarget: task.bytesPerToken }),
  });
}

/** A model that sees both sides of a hidden token: `EncoderOnlyTransformer` with `maskedTokens` is one. */
export interface MaskedTokenModel extends Model {
  /** int32 ids [B,N] -> logits [B,N,V] of the token that belongs at each place; `padding` [B,N], 1 = a real token. */
  logits(ids: Tensor2D, phase: Padded): Tensor3D;
}

/** Prediction of hidden tokens (Devlin et al. 2019, section 3.1): targets are -1 but where a token was hidden. */
export function maskedTokens(
  model: MaskedTokenModel,
  task: LabelledData<TokenBatch>,
  options: ObjectiveOptions = {},
): Objective {
  return labelledObjective<TokenBatch>({
    ...options,
    data: task,
    parameters: () => model.parameters(),
    logits: (batch, phase) => model.logits(batch.inputs, padded(batch, phase)),
    sequences: false,
  });
}

/** A model that reads a sequence and names its class: `EncoderOnlyTransformer` with `classes` is one. */
export interface ClassModel extends Model {
  /** int32 ids [B,N] -> logits [B,classes]; `padding` [B,N], 1 = a real token. */
  classify(ids: Tensor2D, phase: Padded): Tensor2D;
}
export interface ClassBatch extends Omit<TokenBatch, "targets"> {
  readonly targets: Tensor1D; // [B] int32
}

/** One class for each sequence. */
export function classification(
  model: ClassModel,
  task: LabelledData<ClassBatch>,
  options: ObjectiveOptions = {},
): Objective {
  return labelledObjective<ClassBatch>({
    ...options,
    data: task,
    parameters: () => model.parameters(),
    logits: (batch, phase) => model.classify(batch.inputs, padded(batch, phase)),
    sequences: false,
  });
}

/** A model that writes one sequence while it looks at another: `EncoderDecoderTransformer` is one. */
export interface PairModel extends Model {
  /** int32 target ids [B,N], given the sources -> logits [B,N,V] of each next target token. */
  logits(
    ids: Tensor2D,
    source: { readonly ids: Tensor2D; readonly lengths: readonly number[] },
    phase: Phase,
  ): Tensor3D;
}
export interface PairBatch {
  readonly sources: Tensor2D; // [B,M] int32, padded behind
  /** Real tokens of each source row: host data. */
  readonly sourceLengths: readonly number[];
  /** What the decoder has written before each target: the targets, moved on by the start token. */
  readonly inputs: Tensor2D; // [B,N] int32
  readonly targets: Tensor2D; // [B,N] int32, -1 = padding
}

/**
 * Sequence to sequence by teacher forcing: every target is predicted from the right ones before it (Williams & Zipser 1989). The score
 * `exactMatch` is nevertheless that of greedy decoding: it goes wrong where, and only where, a teacher-forced prediction first does.
 */
export function sequenceToSequence(
  model: PairModel,
  task: LabelledData<PairBatch>,
  options: ObjectiveOptions = {},
): Objective {
  return labelledObjective<PairBatch>({
    ...options,
    data: task,
    parameters: () => model.parameters(),
    logits: ({ sources, sourceLengths, inputs }, phase) =>
      model.logits(inputs, { ids: sources, lengths: sourceLengths }, phase),
    sequences: true,
  });
}

function padded({ padding }: { readonly padding?: Tensor2D }, phase: Phase): Padded {
  return padding === undefined ? phase : { ...phase, padding };
}
