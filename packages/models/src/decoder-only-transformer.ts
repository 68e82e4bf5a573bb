import { mul, reshape, type Tensor, type Tensor1D, type Tensor2D, type Tensor3D } from "@tensorflow/tfjs-core";
import type { Position, StepState } from "@attention-lab/attention";
import { Dropout, Embedding, Layer, LayerNorm, Linear, named, type Parameters, type Phase } from "@attention-lab/nn";
import { deriveSeed, invalid, scope } from "@attention-lab/tensors";
import { attentionPerLayer, checkSizes } from "./decoder-options.ts";
import type { DecoderOnlyOptions } from "./options.ts";
import { TransformerBlock } from "./transformer-block.ts";

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
  readonly position: Position | undefined;
  readonly blocks: readonly TransformerBlock[];
  readonly norm: LayerNorm | undefined;
  readonly unembedding: Linear | undefined;
  readonly #dropout: Dropout;
  readonly #embeddingScale: number;

  constructor(options: DecoderOnlyOptions) {
    super("decoderOnlyTransformer");
    const { position: encoding, ...shared } = options;
    const { vocabulary, dModel, heads, maxLength, norm, tied, dropout, scaleEmbeddings = false, seed } = shared;
    checkSizes(options);
    const attentions = attentionPerLayer(options);
    this.vocabulary = vocabulary;
    this.dModel = dModel;
    this.maxLength = maxLength;
    this.#embeddingScale = scaleEmbeddings ? Math.sqrt(dModel) : 1;
    this.embedding = new Embedding({
      name: "embedding",
      rows: vocabulary,
      width: dModel,
      seed: deriveSeed(seed, "embedding"),
    });
    const site = { dModel, heads, headDim: dModel / heads, maxLength, seed: deriveSeed(seed, "position") };
    const position = encoding?.build(site);
    this.position = position;
    this.#dropout = new Dropout({ name: "dropout", rate: dropout, seed: deriveSeed(seed, "dropout") });
    this.blocks = attentions.map(
      (attention, index) =>
        new TransformerBlock({
          ...shared,
          name: `blocks.${index}`,
          attention,
          causal: true,
          seed: deriveSeed(seed, "blocks", index),
          ...(position === undefined ? {} : { position }),
        }),
    );
    this.norm = norm === "pre" ? new LayerNorm({ name: "norm", width: dModel }) : undefined;
    this.unembedding = tied
      ? undefined
      : new Linear({
          name: "unembedding",
          inputs: dModel,
          outputs: vocabulary,
          bias: true,
          seed: deriveSeed(seed, "unembedding"),
        });
  }

  /** Whether every layer can be decoded step by step: `start` and `step` may be called. */
  get stepwise(): boolean {
    return this.blocks.every((block) => block.stepwise);
  }

  parameters(): Parameters {
    return {
      ...named("embedding", this.embedding.parameters()),
      ...named("position", this.position?.parameters ?? {}),
      ...Object.assign({}, ...this.blocks.map((block, index) => named(`blocks.${index}`, block.parameters()))),
      ...named("norm", this.norm?.parameters() ?? {}),
      ...named("unembedding", this.unembedding?.parameters() ?? {}),
    };
  }

  /** int32 ids [B,N] -> logits [B,N,V]; `training` and `step` drive the dropout. */
  logits(ids: Tensor2D, phase: Phase = {}): Tensor3D {
    return this.call(ids, phase);
  }

  /** The state before the first token of `batch` sequences. */
  start(batch: number): DecoderState {
    this.#requireStepwise();
    return scope(`${this.name}.start`, () => ({ position: 0, layers: this.blocks.map((block) => block.start(batch)) }));
  }

  /** int32 ids [B] at the state's position -> logits [B,V] of the token after it, and the state after it. */
  step(state: DecoderState, ids: Tensor1D): { readonly logits: Tensor2D; readonly state: DecoderState } {
    this.#requireStepwise();
    return scope(`${this.name}.step`, () => {
      const { position } = state;
      const batch = ids.shape[0];
      const layers: StepState[] = [];
      let x = this.#embed(reshape(ids, [batch, 1]), position, {}); // [B,1,dModel]
      for (const [index, block] of this.blocks.entries()) {
        const stepped = block.step(state.layers[index] ?? {}, x, position);
        x = stepped.output;
        layers.push(stepped.state);
      }
      const logits = reshape(this.#unembed(x), [batch, this.vocabulary]) as Tensor2D;
      return { logits, state: { position: position + 1, layers } };
    });
  }

  protected forward(ids: Tensor2D, phase: Phase = {}): Tensor3D {
    return this.#unembed(this.blocks.reduce((x, block) => block.call(x, phase), this.#embed(ids, 0, phase)));
  }

  #embed(ids: Tensor2D, start: number, phase: Phase): Tensor3D {
    const length = ids.shape[1];
    if (start + length > this.maxLength) {
      throw invalid(who, `a sequence must have at most maxLength ${this.maxLength} tokens`, start + length);
    }
    const looked = this.embedding.call(ids) as Tensor3D; // [B,N,dModel]
    const scaled = this.#embeddingScale === 1 ? looked : mul<Tensor3D>(looked, this.#embeddingScale);
    const placed = this.position?.embed?.(scaled, start) ?? scaled;
    return this.#dropout.call(placed, phase) as Tensor3D;
  }

  #unembed(x: Tensor3D): Tensor3D {
    const normed: Tensor = this.norm?.call(x) ?? x;
    const logits = this.unembedding?.call(normed) ?? this.embedding.unembed(normed);
    return logits as Tensor3D; // [B,N,V]
  }

  #requireStepwise(): void {
    if (!this.stepwise)
      throw new RangeError(`${who}: step-by-step decoding needs every layer to be stepwise, got one that is not`);
  }
}
