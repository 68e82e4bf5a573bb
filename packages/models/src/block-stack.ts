import type { Tensor3D } from "@tensorflow/tfjs-core";
import type { Attention, ProjectedMemory, StepState } from "@attention-lab/attention";
import { Layer, named, type Parameters } from "@attention-lab/nn";
import { deriveSeed, invalid, scope } from "@attention-lab/tensors";
import type { LayerPositions } from "./layer-positions.ts";
import { makeNorm, type Norm } from "./make-norm.ts";
import type { LayerOptions } from "./options.ts";
import { type BlockCall, type BlockMemory, TransformerBlock } from "./transformer-block.ts";

export interface BlockStackOptions extends LayerOptions {
  readonly name: string;
  readonly causal: boolean;
  /** One for each block. */
  readonly attentions: readonly Attention[];
  /** One for each block of a stack that reads another sequence. */
  readonly crossAttentions?: readonly Attention[];
  readonly positions?: LayerPositions;
  /** By default pre-norm ends with a norm and post-norm, whose blocks do, does not. */
  readonly finalNorm?: boolean;
}

/** Blocks one after the other, and a norm: [B,N,dModel] -> [B,N,dModel]. Parameters: `blocks.<i>.*` and `norm.*`. */
export class BlockStack extends Layer<[x: Tensor3D, call?: BlockCall], Tensor3D> {
  readonly blocks: readonly TransformerBlock[];
  readonly norm: Norm | undefined;

  constructor({ attentions, crossAttentions, positions, finalNorm, ...shared }: BlockStackOptions) {
    super(shared.name);
    this.blocks = attentions.map(
      (attention, index) =>
        new TransformerBlock({
          ...shared,
          name: `blocks.${index}`,
          attention,
          crossAttention: crossAttentions?.[index],
          position: positions?.blocks[index],
          seed: deriveSeed(shared.seed, "blocks", index),
        }),
    );
    const ends = finalNorm ?? shared.norm === "pre";
    this.norm = ends ? makeNorm("norm", shared.dModel, shared) : undefined;
  }

  /** Whether every block can be decoded step by step: `start` and `step` may be called. */
  get stepwise(): boolean {
    return this.blocks.every((block) => block.stepwise);
  }

  parameters(): Parameters {
    return {
      ...Object.assign({}, ...this.blocks.map((block, index) => named(`blocks.${index}`, block.parameters()))),
      ...named("norm", this.norm?.parameters() ?? {}),
    };
  }

  /** The input, and the output of every block; the last has gone through the norm. */
  states(x: Tensor3D, call: BlockCall = {}): Tensor3D[] {
    return scope(`${this.name} states`, () => {
      const states = [x];
      for (const block of this.blocks) states.push(block.call(states.at(-1) ?? x, call));
      states.push(this.#end(states.pop() ?? x));
      return states;
    });
  }

  /** Each block's state before the first position. */
  start(batch: number): StepState[] {
    if (!this.stepwise) {
      throw new RangeError(`${this.name}: step-by-step decoding needs every layer to be stepwise, got one that is not`);
    }
    return this.blocks.map((block) => block.start(batch));
  }

  /** One position [B,1,dModel] through all blocks. Not scoped: the model's step is. */
  step(
    states: readonly StepState[],
    x: Tensor3D,
    position: number,
    memories: readonly BlockMemory[] = [],
  ): { readonly output: Tensor3D; readonly states: StepState[] } {
    const next: StepState[] = [];
    let output = x;
    for (const [index, block] of this.blocks.entries()) {
      const stepped = block.step(states[index] ?? {}, output, position, memories[index]);
      output = stepped.output;
      next.push(stepped.state);
    }
    return { output: this.#end(output), states: next };
  }

  /** Each block's keys and values of another sequence [B,M,dModel]: made once, attended to at every step. */
  project(memory: Tensor3D): ProjectedMemory[] {
    return this.blocks.map(({ crossAttention, name }) => {
      if (crossAttention === undefined) throw invalid(this.name, `${name} must attend to another sequence`, "none");
      return crossAttention.project(memory);
    });
  }

  protected forward(x: Tensor3D, call: BlockCall = {}): Tensor3D {
    return this.#end(this.blocks.reduce((state, block) => block.call(state, call), x));
  }

  #end(x: Tensor3D): Tensor3D {
    return (this.norm?.call(x) ?? x) as Tensor3D;
  }
}
