import type { LanguageModel } from "@attention-lab/decoders";
import type { Parameters } from "@attention-lab/nn";
import type { AttentionMap } from "@attention-lab/results";
import type { Objective } from "@attention-lab/training";
import type { Watch } from "./watch.ts";

/** A model and its task, as the commands use them: one for each kind of task. */
export interface System {
  parameters(): Parameters;
  readonly objective: Objective;
  /** Tokens that a training step of one batch reads. */
  readonly tokensPerBatch: number;
  /** A prompt of the task's own, to show what was learned; absent where the model writes nothing. */
  readonly prompt?: string;
  /** What writing needs. Errors: one sentence where the model writes nothing, or the text has a token that it does not know. */
  writing(text: string): Writing;
  /** Corpus BLEU on the first `batches` held-out batches, where a model writes answers. */
  bleu?(batches?: number): Promise<number>;
  /** The weights with which the model reads a text, and writes its answer where it does: needs a watched model. Errors: as `writing`. */
  reading(text: string): Promise<AttentionMap[]>;
}

export interface Writing {
  readonly model: LanguageModel;
  readonly prompt: readonly number[];
  /** Ids that end the text. */
  readonly stop: readonly number[];
  /** Whether the output goes on where the prompt ends; an answer stands by itself and has at most `longest` tokens. */
  readonly continues: boolean;
  readonly longest: number;
  decode(ids: readonly number[]): string;
  /** Frees what the model holds for this prompt. */
  release(): void;
}

export interface SystemOptions {
  /** Looks at every attention that is built. */
  readonly watch?: Watch;
}
