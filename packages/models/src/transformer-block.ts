import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import {
  accept,
  type Feature,
  MultiHeadAttention,
  type MultiHeadAttentionCall,
  type Position,
  type ProjectedMemory,
  type StepState,
  type Support,
} from "@attention-lab/attention";
import { FeedForward, GatedFeedForward, Layer, named, type Parameters } from "@attention-lab/nn";
import { deriveSeed } from "@attention-lab/tensors";
import { crossFeatures, selfFeatures } from "./features-asked.ts";
import type { BlockOptions } from "./options.ts";
import { type Branch, ResidualBranch } from "./residual-branch.ts";

/** The sequence that a block with cross-attention attends to: as it is, or projected once for many calls. */
export interface BlockMemory {
  readonly memory?: Tensor3D; // [B,M,dModel]
  readonly projected?: ProjectedMemory;
  /** [B,M], 1 = a real token of the memory. */
  readonly memoryPadding?: Tensor2D;
}
type SelfCall = Pick<MultiHeadAttentionCall, "keyPadding" | "queryPadding" | "globals" | "training" | "step">;
/** What varies between calls of a block. */
export type BlockCall = BlockMemory & SelfCall;

type Able = MultiHeadAttention<Support & Readonly<Record<Feature, true>>>;

/**
 * Self-attention, where asked for attention to another sequence, and feed-forward, each in a residual branch with a norm,
 * [B,N,dModel] -> [B,N,dModel].
 */
export class TransformerBlock extends Layer<[x: Tensor3D, call?: BlockCall], Tensor3D> {
  readonly attention: Able;
  readonly crossAttention: Able | undefined;
  readonly feedForward: FeedForward | GatedFeedForward;
  readonly #attends: ResidualBranch;
  readonly #crosses: ResidualBranch | undefined;
  readonly #feeds: ResidualBranch;

  constructor(options: BlockOptions) {
    super(options.name);
    const { causal, position, crossAttention } = options;
    const self = accept(options.attention, selfFeatures(options));
    this.attention = multiHead("attention", options, { attention: self, causal, position });
    this.#attends = new ResidualBranch("attention", options);
    if (crossAttention !== undefined) {
      const cross = accept(crossAttention, crossFeatures(options));
      this.crossAttention = multiHead("crossAttention", options, { attention: cross, causal: false });
      this.#crosses = new ResidualBranch("crossAttention", options);
    }
    this.feedForward = feedForwardOf(options);
    this.#feeds = new ResidualBranch("feedForward", options);
  }

  /** Whether `start` and `step` may be called. */
  get stepwise(): boolean {
    return this.attention.stepwise;
  }

  parameters(): Parameters {
    return {
      ...named("attention", this.attention.parameters()),
      ...named("attentionNorm", this.#attends.norm.parameters()),
      ...named("crossAttention", this.crossAttention?.parameters() ?? {}),
      ...named("crossAttentionNorm", this.#crosses?.norm.parameters() ?? {}),
      ...named("feedForward", this.feedForward.parameters()),
      ...named("feedForwardNorm", this.#feeds.norm.parameters()),
    };
  }

  start(batch: number): StepState {
    return this.attention.start(batch);
  }

  /** One position x [B,1,dModel] of a sequence whose earlier positions are in the state. Not scoped: the model's step is. */
  step(
    state: StepState,
    x: Tensor3D,
    position: number,
    memory: BlockMemory = {},
  ): { readonly output: Tensor3D; readonly state: StepState } {
    let next = state;
    const output = this.#arrange(x, memory, (normed, residual) => {
      const stepped = this.attention.step(state, normed, position, residual);
      next = stepped.state;
      return stepped.output;
    });
    return { output, state: next };
  }

  protected forward(x: Tensor3D, call: BlockCall = {}): Tensor3D {
    const { memory: _, projected: __, memoryPadding: ___, ...own } = call;
    return this.#arrange(x, call, (normed, residual) => this.attention.call(normed, withResidual(own, residual)));
  }

  #arrange(x: Tensor3D, call: BlockCall, attend: Branch): Tensor3D {
    const { training = false, step = 0 } = call;
    const phase = { training, step };
    const attended = this.#attends.apply(x, phase, attend);
    const crossed = this.#crosses?.apply(attended, phase, (normed, residual) => this.#cross(normed, call, residual));
    return this.#feeds.apply(crossed ?? attended, phase, (normed, residual) =>
      this.feedForward.call(normed, withResidual(phase, residual)),
    );
  }

  #cross(x: Tensor3D, call: BlockCall, residual: Tensor3D | undefined): Tensor3D {
    const { memory, projected, memoryPadding, queryPadding, training = false, step = 0 } = call;
    if (this.crossAttention === undefined || (memory === undefined && projected === undefined)) {
      throw new TypeError(`transformer block ${this.name}: cross-attention needs memory, got none`);
    }
    const inputs: MultiHeadAttentionCall = {
      training,
      step,
      ...(memory === undefined ? {} : { memory }),
      ...(projected === undefined ? {} : { projected }),
      ...(memoryPadding === undefined ? {} : { keyPadding: memoryPadding }),
      ...(queryPadding === undefined ? {} : { queryPadding }),
    };
    return this.crossAttention.call(x, withResidual(inputs, residual));
  }
}

const withResidual = <Call extends object>(call: Call, residual: Tensor3D | undefined) =>
  residual === undefined ? call : { ...call, residual };

function multiHead(
  role: string,
  options: BlockOptions,
  own: {
    readonly attention: Able["attention"];
    readonly causal: boolean;
    readonly position?: Position | undefined;
  },
): Able {
  const { name, dModel, heads, keyValueHeads = heads, headDim, maxLength, bias = true, attentionDropout = 0 } = options;
  const { position } = own;
  return new MultiHeadAttention({
    name: `${name}.${role}`,
    attention: own.attention,
    dModel,
    heads,
    keyValueHeads,
    ...(headDim === undefined ? {} : { headDim }),
    maxLength,
    causal: own.causal,
    bias,
    dropout: attentionDropout,
    ...(position === undefined ? {} : { position }),
    seed: deriveSeed(options.seed, role),
  });
}

function feedForwardOf(options: BlockOptions): FeedForward | GatedFeedForward {
  const { name, dModel, feedForward, activation, bias = true, feedForwardDropout = 0, seed } = options;
  const shape = { name: `${name}.feedForward`, width: dModel, hidden: feedForward, bias, dropout: feedForwardDropout };
  const seeded = { ...shape, seed: deriveSeed(seed, "feedForward") };
  return activation === "swiglu" ? new GatedFeedForward(seeded) : new FeedForward({ ...seeded, activation });
}
