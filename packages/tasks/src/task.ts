import type { Tensor2D } from "@tensorflow/tfjs-core";

/** Next-token prediction over one long sequence of token ids. */
export interface LanguageTask {
  readonly name: string;
  /** Number of distinct tokens. */
  readonly vocabulary: number;
  /** Tokens of a training window; targets are the inputs shifted by one. */
  readonly length: number;
  readonly batchSize: number;
  /** Bytes of UTF-8 text per token, averaged over the validation split: loss in nats / ln 2 / this = bits per byte. */
  readonly bytesPerToken: number;
  /** Training batch of a step: a pure function of `step`, so that a resumed run sees what an unbroken one would have seen. */
  batch(step: number): Batch;
  /** Non-overlapping validation windows, in order; the last partial batch is left out. */
  readonly validationBatches: number;
  validationBatch(index: number): Batch;
  encode(text: string): number[];
  decode(tokens: Iterable<number>): string;
}

/** int32 token ids: inputs [B,N] and the token that follows each, targets [B,N]. The caller owns both. */
export interface Batch {
  readonly inputs: Tensor2D;
  readonly targets: Tensor2D;
}
