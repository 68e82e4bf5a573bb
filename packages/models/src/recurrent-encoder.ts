import { concat, type Tensor2D, type Tensor3D } from "@tensorflow/tfjs-core";
import {
  type CellState,
  Dropout,
  Embedding,
  Layer,
  named,
  type Parameters,
  type Phase,
  Recurrent,
} from "@attention-lab/nn";
import { deriveSeed } from "@attention-lab/tensors";
import type { RecurrentSeq2SeqOptions } from "./recurrent-options.ts";
import type { Memory } from "./source-attention.ts";

/** A source as the decoder gets it: what was said of each position, and the state that the decoder starts in, one per layer. */
export type Encoded = Memory & { readonly state: CellState[] };

export interface EncodeCall extends Phase {
  /** [B,M], 1 = a real token of the source, 0 = padding. */
  readonly padding?: Tensor2D;
}

/**
 * Embedding and recurrent layers: int32 ids [B,M] -> outputs [B,M,S] and the last states [B,S]. Of an encoder that reads both ways
 * outputs and states are the two directions side by side, S / 2 each, so that a decoder of width S takes them as they are.
 */
export class RecurrentEncoder extends Layer<[ids: Tensor2D, call?: EncodeCall], Encoded> {
  readonly embedding: Embedding;
  readonly recurrent: Recurrent;
  readonly #dropout: Dropout;

  constructor(options: RecurrentSeq2SeqOptions & { readonly name: string }) {
    const { name, vocabulary, sourceVocabulary = vocabulary, embedding, units, dropout, seed } = options;
    const { bidirectional = false, reverseSource = false } = options;
    super(name);
    const rows = { name: `${name}.embedding`, rows: sourceVocabulary, width: embedding };
    this.embedding = new Embedding({ ...rows, seed: deriveSeed(seed, "embedding") });
    this.recurrent = new Recurrent({
      ...options,
      inputs: embedding,
      units: bidirectional ? units / 2 : units,
      direction: bidirectional ? "both" : reverseSource ? "backward" : "forward",
      seed: deriveSeed(seed, "recurrent"),
    });
    this.#dropout = new Dropout({ name, rate: dropout, seed: deriveSeed(seed, "dropout") });
  }

  parameters(): Parameters {
    return { ...named("embedding", this.embedding.parameters()), ...this.recurrent.parameters() };
  }

  protected forward(ids: Tensor2D, { padding, ...phase }: EncodeCall = {}): Encoded {
    const embedded = this.#dropout.call(this.embedding.call(ids), phase) as Tensor3D; // [B,M,E]
    const masked = padding === undefined ? {} : { padding };
    const { outputs, state } = this.recurrent.call(embedded, { ...masked, ...phase });
    return { outputs, state: this.recurrent.direction === "both" ? sideBySide(state) : state, ...masked };
  }
}

/** Forward and backward of each layer -> one state of both. */
function sideBySide(state: readonly CellState[]): CellState[] {
  return state.flatMap((forward, index) => {
    const backward = state[index + 1];
    if (index % 2 === 1 || backward === undefined) return [];
    const hidden = concat([forward.hidden, backward.hidden], 1);
    if (forward.cell === undefined || backward.cell === undefined) return [{ hidden }];
    return [{ hidden, cell: concat([forward.cell, backward.cell], 1) }];
  });
}
