import type { Tensor1D, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { Layer, named, type Parameters, type Phase } from "@attention-lab/nn";
import { deriveSeed, invalid, scope } from "@attention-lab/tensors";
import { RecurrentDecoder, type RecurrentState } from "./recurrent-decoder.ts";
import { type Encoded, RecurrentEncoder } from "./recurrent-encoder.ts";
import { checkRecurrent, type RecurrentSeq2SeqOptions } from "./recurrent-options.ts";
import { paddingOf, type Source } from "./source.ts";

const who = "recurrent seq2seq";

/**
 * The encoder-decoder of recurrent cells, with or without attention: target ids int32 [B,T], given the sources -> logits [B,T,V] of
 * each next target token. The decoder starts in the encoder's last state, layer by layer.
 *
 * Parameters: `encoder.embedding.weight`, `encoder.layers.<i>.*`, `decoder.embedding.weight`, `decoder.layers.<i>.*`,
 * `decoder.attention.*`, `decoder.feed.weight`, `decoder.readout.*`, `decoder.output.*`.
 *
 * @throws RangeError in one sentence for an unknown cell, or an attention that cannot read another sequence.
 */
export class RecurrentSeq2Seq extends Layer<[ids: Tensor2D, source: Source, phase?: Phase], Tensor3D> {
  readonly vocabulary: number;
  readonly maxLength: number;
  readonly encoder: RecurrentEncoder;
  readonly decoder: RecurrentDecoder;

  constructor(options: RecurrentSeq2SeqOptions) {
    super("recurrentSeq2Seq");
    checkRecurrent(who, options);
    const { vocabulary, maxLength = Number.MAX_SAFE_INTEGER, seed } = options;
    this.vocabulary = vocabulary;
    this.maxLength = maxLength;
    this.encoder = new RecurrentEncoder({ ...options, name: "encoder", seed: deriveSeed(seed, "encoder") });
    this.decoder = new RecurrentDecoder({ ...options, name: "decoder", seed: deriveSeed(seed, "decoder") });
  }

  parameters(): Parameters {
    return { ...named("encoder", this.encoder.parameters()), ...named("decoder", this.decoder.parameters()) };
  }

  /** Target ids int32 [B,T], given the sources -> logits [B,T,V] of each next target token. */
  logits(ids: Tensor2D, source: Source, phase: Phase = {}): Tensor3D {
    return this.call(ids, source, phase);
  }

  /** What the decoder gets of the source: outputs [B,M,S] and a state [B,S] for each of its layers. */
  encode(source: Source, phase: Phase = {}): Encoded {
    this.#check("source", source.ids);
    return scope(`${this.name}.encode`, () => {
      const padding = paddingOf(who, source);
      return this.encoder.call(source.ids, padding === undefined ? phase : { ...phase, padding });
    });
  }

  /** Which source positions each step of a target looks at, [B,T,M], for pictures; undefined where there is nothing to show. */
  weights(ids: Tensor2D, source: Source): Tensor3D | undefined {
    const { attention } = this.decoder;
    if (attention === undefined) return undefined;
    return scope(`${this.name}.weights`, () => {
      const start = this.decoder.start(this.encode(source));
      const { queries } = this.#decode(ids, start, {});
      return start.memory && attention.weights(queries, start.memory);
    });
  }

  /** Encodes the sources, once, into the state before the first target token. */
  start(source: Source): RecurrentState {
    return scope(`${this.name}.start`, () => this.decoder.start(this.encode(source)));
  }

  /** int32 target ids [B] of the next position -> logits [B,V] of the token after it, and the state after it. */
  step(state: RecurrentState, ids: Tensor1D): { readonly logits: Tensor2D; readonly state: RecurrentState } {
    return this.decoder.step(state, ids);
  }

  protected forward(ids: Tensor2D, source: Source, phase: Phase = {}): Tensor3D {
    return this.#decode(ids, this.decoder.start(this.encode(source, phase)), phase).logits;
  }

  #decode(ids: Tensor2D, start: RecurrentState, phase: Phase) {
    this.#check("target", ids);
    return this.decoder.call(ids, start, phase);
  }

  #check(what: string, ids: Tensor2D): void {
    const { maxLength } = this;
    if (ids.rank !== 2 || ids.shape[1] < 1) {
      throw invalid(who, `${what} ids must be [B,N] with a token at least`, ids.shape);
    }
    if (ids.shape[1] > maxLength) {
      throw invalid(who, `a ${what} must have at most maxLength ${maxLength} tokens`, ids.shape[1]);
    }
  }
}
