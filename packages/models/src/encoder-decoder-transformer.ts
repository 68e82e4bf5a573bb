import { reshape, type Tensor1D, type Tensor2D, type Tensor3D } from "@tensorflow/tfjs-core";
import type { ProjectedMemory, StepState } from "@attention-lab/attention";
import { Embedding, Layer, named, type Parameters, type Phase } from "@attention-lab/nn";
import { deriveSeed, scope } from "@attention-lab/tensors";
import { type FilledOptions, fillOptions } from "./encoder-decoder-options.ts";
import type { EncoderDecoderOptions } from "./options.ts";
import { paddingOf, type Source } from "./source.ts";
import { TokenStack } from "./token-stack.ts";
import { Unembedding } from "./unembedding.ts";

const who = "encoder-decoder transformer";

/** What decoding knows: each layer's state, the source's keys and values (made once), and which of them are padding [B,M], if any. */
export type EncoderDecoderState = {
  readonly position: number;
  readonly layers: StepState[];
  readonly memories: ProjectedMemory[];
  readonly padding?: Tensor2D;
};

/**
 * The original Transformer (Vaswani et al. 2017): an encoder reads the source, a decoder writes the target and attends to both. Source and target ids
 * -> logits [B,N,V] of each next target token. By default the paper's base model in everything but the sizes.
 *
 * Parameters: `embedding.weight`, `sourceEmbedding.weight` (with `sourceVocabulary`), `encoder.*`, `decoder.*` (each `position.*`,
 * `blocks.<i>.*`, `norm.*`), `unembedding.*` (untied).
 */
export class EncoderDecoderTransformer extends Layer<[ids: Tensor2D, source: Source, phase?: Phase], Tensor3D> {
  readonly vocabulary: number;
  readonly maxLength: number;
  readonly embedding: Embedding;
  readonly sourceEmbedding: Embedding;
  readonly #encoder: TokenStack;
  readonly #decoder: TokenStack;
  readonly #unembedding: Unembedding;

  constructor(options: EncoderDecoderOptions) {
    super("encoderDecoderTransformer");
    const filled = fillOptions(options);
    const { vocabulary, dModel, maxLength, tied, seed } = filled;
    this.vocabulary = vocabulary;
    this.maxLength = maxLength;
    const table = (name: string, rows: number) =>
      new Embedding({ name, rows, width: dModel, seed: deriveSeed(seed, name) });
    this.embedding = table("embedding", vocabulary);
    const separate = options.sourceVocabulary !== undefined;
    this.sourceEmbedding = separate ? table("sourceEmbedding", filled.sourceVocabulary) : this.embedding;
    this.#encoder = side("encoder", filled, this.sourceEmbedding);
    this.#decoder = side("decoder", filled, this.embedding);
    this.#unembedding = new Unembedding({
      table: this.embedding,
      tied,
      bias: true,
      seed: deriveSeed(seed, "unembedding"),
    });
  }

  /** Whether every decoder layer can be decoded step by step: `start` and `step` may be called. */
  get stepwise(): boolean {
    return this.#decoder.stack.stepwise;
  }

  parameters(): Parameters {
    const separate = this.sourceEmbedding !== this.embedding;
    return {
      ...named("embedding", this.embedding.parameters()),
      ...(separate ? named("sourceEmbedding", this.sourceEmbedding.parameters()) : {}),
      ...named("encoder", this.#encoder.parameters()),
      ...named("decoder", this.#decoder.parameters()),
      ...named("unembedding", this.#unembedding.parameters()),
    };
  }

  /** Target ids int32 [B,N], given the sources -> logits [B,N,V] of each next target token. */
  logits(ids: Tensor2D, source: Source, phase: Phase = {}): Tensor3D {
    return this.call(ids, source, phase);
  }

  /** What the encoder makes of the source, [B,M,dModel]. */
  encode(source: Source, phase: Phase = {}): Tensor3D {
    return scope(`${this.name}.encode`, () => this.#encode(source, paddingOf(who, source), phase));
  }

  /** Encodes the sources, once, into the state before the first target token. */
  start(source: Source): EncoderDecoderState {
    return scope(`${this.name}.start`, () => {
      const { stack } = this.#decoder;
      const layers = stack.start(source.ids.shape[0]);
      const padding = paddingOf(who, source);
      const memories = stack.project(this.#encode(source, padding, {}));
      return { position: 0, layers, memories, ...(padding === undefined ? {} : { padding }) };
    });
  }

  /** int32 target ids [B] at the state's position -> logits [B,V] of the token after it, and the state after it. */
  step(state: EncoderDecoderState, ids: Tensor1D): { readonly logits: Tensor2D; readonly state: EncoderDecoderState } {
    return scope(`${this.name}.step`, () => {
      const { position, layers, memories, padding } = state;
      const memoryPadding = padding === undefined ? {} : { memoryPadding: padding };
      const given = memories.map((projected) => ({ projected, ...memoryPadding }));
      const { output, states } = this.#decoder.step(layers, ids, position, given);
      const logits = reshape(this.#unembedding.call(output), [ids.shape[0], this.vocabulary]) as Tensor2D;
      return { logits, state: { ...state, position: position + 1, layers: states } };
    });
  }

  protected forward(ids: Tensor2D, source: Source, phase: Phase = {}): Tensor3D {
    const padding = paddingOf(who, source);
    const memory = this.#encode(source, padding, phase);
    const given = { memory, ...(padding === undefined ? {} : { memoryPadding: padding }) };
    return this.#unembedding.call(this.#decoder.call(ids, phase, { ...phase, ...given })) as Tensor3D;
  }

  #encode({ ids }: Source, padding: Tensor2D | undefined, phase: Phase): Tensor3D {
    return this.#encoder.call(ids, phase, { ...phase, ...(padding === undefined ? {} : { keyPadding: padding }) });
  }
}

function side(role: "encoder" | "decoder", options: FilledOptions, table: Embedding): TokenStack {
  const { encoder: _, decoder: __, ...shared } = options;
  const own = { name: `${who} (${role})`, table, causal: role === "decoder", seed: deriveSeed(options.seed, role) };
  return new TokenStack({ ...shared, ...options[role], ...own });
}
