import { add, type Tensor, type Tensor3D } from "@tensorflow/tfjs-core";
import {
  accept,
  type Feature,
  MultiHeadAttention,
  type MultiHeadAttentionCall,
  type StepState,
  type Support,
} from "@attention-lab/attention";
import { Dropout, FeedForward, Layer, LayerNorm, named, type Parameters } from "@attention-lab/nn";
import { deriveSeed } from "@attention-lab/tensors";
import type { BlockOptions, NormPlace } from "./options.ts";

/** What varies between calls of a block. */
export type BlockCall = Pick<MultiHeadAttentionCall, "keyPadding" | "queryPadding" | "globals" | "training" | "step">;

/**
 * Attention and feed-forward, each with a residual connection and a norm, [B,N,dModel] -> [B,N,dModel]:
 * pre-norm x + f(norm(x)), post-norm norm(x + f(x)).
 */
export class TransformerBlock extends Layer<[x: Tensor3D, call?: BlockCall], Tensor3D> {
  readonly attention: MultiHeadAttention<Support & Readonly<Record<Feature, true>>>;
  readonly attentionNorm: LayerNorm;
  readonly feedForward: FeedForward;
  readonly feedForwardNorm: LayerNorm;
  readonly #norm: NormPlace;
  readonly #attentionBranch: Dropout;
  readonly #feedForwardBranch: Dropout;

  constructor(options: BlockOptions) {
    const { name, dModel, heads, keyValueHeads = heads, feedForward, maxLength, causal, position } = options;
    const { norm, activation, dropout, attentionDropout = 0, seed } = options;
    super(name);
    this.#norm = norm;
    this.attention = new MultiHeadAttention({
      name: `${name}.attention`,
      attention: accept(options.attention, featuresAsked(options)),
      dModel,
      heads,
      keyValueHeads,
      maxLength,
      causal,
      bias: true,
      dropout: attentionDropout,
      ...(position === undefined ? {} : { position }),
      seed: deriveSeed(seed, "attention"),
    });
    this.feedForward = new FeedForward({
      name: `${name}.feedForward`,
      width: dModel,
      hidden: feedForward,
      activation,
      dropout: 0,
      seed: deriveSeed(seed, "feedForward"),
    });
    this.attentionNorm = new LayerNorm({ name: `${name}.attentionNorm`, width: dModel });
    this.feedForwardNorm = new LayerNorm({ name: `${name}.feedForwardNorm`, width: dModel });
    const branch = (label: string) =>
      new Dropout({ name: `${name}.${label}`, rate: dropout, seed: deriveSeed(seed, label) });
    this.#attentionBranch = branch("attentionDropout");
    this.#feedForwardBranch = branch("feedForwardDropout");
  }

  /** Whether `start` and `step` may be called. */
  get stepwise(): boolean {
    return this.attention.stepwise;
  }

  parameters(): Parameters {
    return {
      ...named("attention", this.attention.parameters()),
      ...named("attentionNorm", this.attentionNorm.parameters()),
      ...named("feedForward", this.feedForward.parameters()),
      ...named("feedForwardNorm", this.feedForwardNorm.parameters()),
    };
  }

  start(batch: number): StepState {
    return this.attention.start(batch);
  }

  /** One position x [B,1,dModel] of a sequence whose earlier positions are in the state. Not scoped: the model's step is. */
  step(state: StepState, x: Tensor3D, position: number): { readonly output: Tensor3D; readonly state: StepState } {
    let next = state;
    const output = this.#arrange(x, {}, (normed) => {
      const stepped = this.attention.step(state, normed, position);
      next = stepped.state;
      return stepped.output;
    });
    return { output, state: next };
  }

  protected forward(x: Tensor3D, call: BlockCall = {}): Tensor3D {
    return this.#arrange(x, call, (normed) => this.attention.call(normed, call));
  }

  #arrange(x: Tensor3D, phase: BlockCall, attend: (x: Tensor3D) => Tensor3D): Tensor3D {
    const attended = this.#residual(x, this.attentionNorm, (normed) =>
      this.#attentionBranch.call(attend(normed), phase),
    );
    return this.#residual(attended, this.feedForwardNorm, (normed) =>
      this.#feedForwardBranch.call(this.feedForward.call(normed, phase), phase),
    );
  }

  #residual(x: Tensor3D, norm: LayerNorm, branch: (x: Tensor3D) => Tensor): Tensor3D {
    if (this.#norm === "pre") return add(x, branch(norm.call(x) as Tensor3D));
    return norm.call(add(x, branch(x))) as Tensor3D;
  }
}

/** What this block's options need of the variant; `accept` throws the variant's own sentence for what it cannot honour. */
function featuresAsked({ causal, heads, keyValueHeads, attentionDropout = 0, position }: BlockOptions): Feature[] {
  const asked: Readonly<Partial<Record<Feature, boolean>>> = {
    causal,
    groupedQuery: keyValueHeads !== undefined && keyValueHeads !== heads,
    dropout: attentionDropout > 0,
    scoreBias: position?.bias !== undefined,
    relativeContent: position?.relative !== undefined,
  };
  return (Object.keys(asked) as Feature[]).filter((feature) => asked[feature]);
}
