import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";

/** What a guesser scores who knows the form of the answers and not the input. */
export interface Chance {
  /** The expected score: exact, for the options of the task. */
  readonly score: number;
  /** How it guesses. */
  readonly guess: string;
}

/** Rows of token ids; in targets a negative one is not counted. */
export type Rows = readonly (readonly number[])[];

interface CommonTask<B> {
  readonly name: string;
  readonly batchSize: number;
  readonly chance: Chance;
  /** Training batch of a step: a pure function of the seed and `step`, so that a resumed run sees what an unbroken one would have seen. */
  batch(step: number): B;
  readonly validationBatches: number;
  /** Held-out batches, in order, the same for every model. */
  validationBatch(index: number): B;
  /** Score of predicted token ids against the targets of a batch, from 0 to 1: see `measure`. A prediction has a place for every target. */
  score(predictions: Rows, targets: Rows): number;
  /** Share of counted tokens that are right, or of rows whose counted tokens all are. */
  readonly measure: "token accuracy" | "exact match";
  /** Text of (target) tokens; special tokens show as nothing. */
  decode(tokens: Iterable<number>): string;
}

/** int32 token ids [B,N] and what is to be predicted at each of them, [B,N]; -1 where nothing is. The caller owns both. */
export interface Batch {
  readonly inputs: Tensor2D;
  readonly targets: Tensor2D;
}

/** Next-token prediction: a causal model reads `inputs` and answers at every position. */
export interface LanguageModelling extends CommonTask<Batch> {
  readonly kind: "language";
  /** Number of distinct tokens. */
  readonly vocabulary: number;
  /** Tokens of a sequence. */
  readonly length: number;
}

/** Next-token prediction over one long text. */
export interface LanguageTask extends LanguageModelling {
  /** Bytes of UTF-8 text per token, averaged over the validation split: loss in nats / ln 2 / this = bits per byte. */
  readonly bytesPerToken: number;
  encode(text: string): number[];
}

/** Some tokens of `inputs` are hidden; they are the targets, -1 stands everywhere else. */
export interface MaskedTokens extends CommonTask<Batch> {
  readonly kind: "masked";
  readonly vocabulary: number;
  readonly length: number;
  /** The id that stands for a hidden token. */
  readonly mask: number;
}

/** int32 ids [B,N], which of them are real, and a class per row. The caller owns the tensors. */
export interface ClassBatch {
  readonly inputs: Tensor2D;
  /** float32 [B,N], 1 = a real token, 0 = padding behind it: `keyPadding` of an attention. */
  readonly padding: Tensor2D;
  /** Real tokens of each row. */
  readonly lengths: readonly number[];
  readonly targets: Tensor1D; // int32 [B]
}

export interface Classification extends CommonTask<ClassBatch> {
  readonly kind: "classification";
  readonly vocabulary: number;
  readonly length: number;
  readonly classes: number;
}

/** What an encoder reads and a decoder is to say. The caller owns the tensors. */
export interface SequenceBatch extends Batch {
  readonly sources: Tensor2D; // int32 [B,S]
  /** float32 [B,S], 1 = a real token, 0 = padding behind it. */
  readonly sourcePadding: Tensor2D;
  readonly sourceLengths: readonly number[];
  /** Target-in [B,T]: `begin`, then the answer. */
  readonly inputs: Tensor2D;
  /** Target-out [B,T]: the answer, then `end`, then -1. */
  readonly targets: Tensor2D;
}

/** One example as plain ids, without begin, end and padding. */
export interface Example {
  readonly source: readonly number[];
  readonly target: readonly number[];
}
export type Split = "training" | "validation";

export interface SequenceToSequence extends CommonTask<SequenceBatch> {
  readonly kind: "sequence";
  readonly sourceVocabulary: number;
  readonly sourceLength: number;
  /** Number of distinct target tokens, `padding`, `begin` and `end` included. */
  readonly vocabulary: number;
  /** Target tokens, the end included. */
  readonly targetLength: number;
  /** Whether source and target ids mean the same symbols. */
  readonly shared: boolean;
  readonly padding: number;
  readonly begin: number;
  readonly end: number;
  example(split: Split, index: number): Example;
  decodeSource(tokens: Iterable<number>): string;
}

export type Task = LanguageModelling | MaskedTokens | Classification | SequenceToSequence;
