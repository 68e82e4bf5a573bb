import { reshape, type Tensor1D, type Tensor2D, type Tensor3D } from "@tensorflow/tfjs-core";
import type { Attention, StepState } from "@attention-lab/attention";
import { type Embedding, named, type Parameters } from "@attention-lab/nn";
import { BlockStack } from "./block-stack.ts";
import { type LayerPositions, layerPositions } from "./layer-positions.ts";
import type { LayerOptions, PositionEncoding, TransformerOptions } from "./options.ts";
import { type EmbeddingCall, TokenEmbedding } from "./token-embedding.ts";
import type { BlockCall, BlockMemory } from "./transformer-block.ts";

export interface TokenStackOptions extends LayerOptions, Pick<TransformerOptions, "finalNorm" | "scaleEmbeddings"> {
  /** Begins its sentences. */
  readonly name: string;
  /** Its parameters are those of whoever made it: encoder and decoder may share one. */
  readonly table: Embedding;
  readonly causal: boolean;
  readonly attentions: readonly Attention[];
  readonly crossAttentions?: readonly Attention[];
  readonly position: PositionEncoding | undefined;
  readonly tokenTypes?: number | undefined;
  readonly embeddingNorm?: boolean | undefined;
}

/**
 * What every Transformer is made of: token embeddings, positions, blocks. int32 ids [B,N] -> [B,N,dModel]. Parameters: `tokenTypes.weight`,
 * `embeddingNorm.*`, `position.*`, `blocks.<i>.*`, `norm.*`.
 */
export class TokenStack {
  readonly stack: BlockStack;
  readonly #embed: TokenEmbedding;
  readonly #positions: LayerPositions;

  constructor({ position, embeddingNorm: normed, scaleEmbeddings = false, ...options }: TokenStackOptions) {
    const positions = layerPositions(position, options, options.attentions.length);
    const scale = scaleEmbeddings ? Math.sqrt(options.dModel) : 1;
    this.#positions = positions;
    this.#embed = new TokenEmbedding({ ...options, scale, position: positions.embed, normed });
    this.stack = new BlockStack({ ...options, positions });
  }

  parameters(): Parameters {
    return {
      ...this.#embed.parameters(),
      ...named("position", this.#positions.parameters),
      ...this.stack.parameters(),
    };
  }

  call(ids: Tensor2D, embedding: EmbeddingCall, blocks: BlockCall): Tensor3D {
    return this.stack.call(this.#embed.call(ids, embedding), blocks);
  }

  /** The embeddings, and every block's output. */
  states(ids: Tensor2D, embedding: EmbeddingCall, blocks: BlockCall): Tensor3D[] {
    return this.stack.states(this.#embed.call(ids, embedding), blocks);
  }

  /** int32 ids [B] of one position -> [B,1,dModel], and each block's state after it. Not scoped: the model's step is. */
  step(
    states: readonly StepState[],
    ids: Tensor1D,
    position: number,
    memories?: readonly BlockMemory[],
  ): { readonly output: Tensor3D; readonly states: StepState[] } {
    const x = this.#embed.call(reshape(ids, [ids.shape[0], 1]), { start: position }); // [B,1,dModel]
    return this.stack.step(states, x, position, memories);
  }
}
