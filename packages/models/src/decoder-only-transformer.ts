import { reshape, type Tensor1D, type Tensor2D, type Tensor3D } from "@tensorflow/tfjs-core";
import type { StepState } from "@attention-lab/attention";
import { Embedding, Layer, named, type Parameters, type Phase } from "@attention-lab/nn";
import { deriveSeed, scope } from "@attention-lab/tensors";
import { attentionPerLayer, checkSizes } from "./check-options.ts";
import type { DecoderOnlyOptions } from "./options.ts";
import { TokenStack } from "./token-stack.ts";
import type { TransformerBlock } from "./transformer-block.ts";
import { Unembedding } from "./unembedding.ts";

const who = "decoder-only transformer";

/** What has been read so far: the next position and each layer's state. */
export type DecoderState = { readonly position: number; readonly layers: StepState[] };

/**
 * A causal language model (Radford et al. 2018): embedding, blocks of any causal attention variant, unembedding.
 * int32 ids [B,N] -> logits [B,N,V] of each next token. Pre-norm ends with a norm of its own, post-norm does not.
 *
 * Parameters: `embedding.weight`, `position.*`, `blocks.<i>.attention.query.weight` and so on, `norm.*` (pre-norm),
 * `unembedding.*` (untied).
 *
 * @throws RangeError with the variant's own sentence if a layer's attention cannot be causal.
 */
export class DecoderOnlyTransformer extends Layer<[ids: Tensor2D, phase?: Phase], Tensor3D> {
  readonly vocabulary: number;
  readonly dModel: number;
  readonly maxLength: number;
  readonly embedding: Embedding;
  readonly #tokens: TokenStack;
  readonly #unembedding: Unembedding;

  constructor(options: DecoderOnlyOptions) {
    super("decoderOnlyTransformer");
    const { position, attention, tied, unembeddingBias, ...shared } = options;
    const { vocabulary, dModel, maxLength, layers, seed } = shared;
    checkSizes(who, options, { vocabulary, layers });
    const attentions = attentionPerLayer(who, attention, { layers, needs: ["causal"] });
    this.vocabulary = vocabulary;
    this.dModel = dModel;
    this.maxLength = maxLength;
    const table = { name: "embedding", rows: vocabulary, width: dModel, seed: deriveSeed(seed, "embedding") };
    this.embedding = new Embedding(table);
    const own = { name: who, table: this.embedding, causal: true, attentions, position };
    this.#tokens = new TokenStack({ ...shared, ...own });
    this.#unembedding = new Unembedding({
      table: this.embedding,
      tied,
      bias: unembeddingBias ?? true,
      seed: deriveSeed(seed, "unembedding"),
    });
  }

  get blocks(): readonly TransformerBlock[] {
    return this.#tokens.stack.blocks;
  }

  /** Whether every layer can be decoded step by step: `start` and `step` may be called. */
  get stepwise(): boolean {
    return this.#tokens.stack.stepwise;
  }

  parameters(): Parameters {
    return {
      ...named("embedding", this.embedding.parameters()),
      ...this.#tokens.parameters(),
      ...named("unembedding", this.#unembedding.parameters()),
    };
  }

  /** int32 ids [B,N] -> logits [B,N,V]; `training` and `step` drive the dropout. */
  logits(ids: Tensor2D, phase: Phase = {}): Tensor3D {
    return this.call(ids, phase);
  }

  /** The embeddings [B,N,dModel] and every block's output; the last is what the unembedding reads. */
  states(ids: Tensor2D): Tensor3D[] {
    return scope(`${this.name}.states`, () => this.#tokens.states(ids, {}, {}));
  }

  /** The state before the first token of `batch` sequences. */
  start(batch: number): DecoderState {
    return scope(`${this.name}.start`, () => ({ position: 0, layers: this.#tokens.stack.start(batch) }));
  }

  /** int32 ids [B] at the state's position -> logits [B,V] of the token after it, and the state after it. */
  step({ position, layers }: DecoderState, ids: Tensor1D): { readonly logits: Tensor2D; readonly state: DecoderState } {
    return scope(`${this.name}.step`, () => {
      const { output, states } = this.#tokens.step(layers, ids, position);
      const logits = reshape(this.#unembedding.call(output), [ids.shape[0], this.vocabulary]) as Tensor2D;
      return { logits, state: { position: position + 1, layers: states } };
    });
  }

  protected forward(ids: Tensor2D, phase: Phase = {}): Tensor3D {
    return this.#unembedding.call(this.#tokens.call(ids, phase, phase)) as Tensor3D;
  }
}
