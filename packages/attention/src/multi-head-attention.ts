import { add, mul, reshape, type Tensor3D, type Tensor4D } from "@tensorflow/tfjs-core";
import { Layer, Linear, named, type Parameters } from "@attention-lab/nn";
import { deriveSeed, invalid, scope } from "@attention-lab/tensors";
import type { Attention, Call, Feature, Mechanism, Site, StepState, Stepwise, Support } from "./contract.ts";
import { mergeHeads, splitHeads } from "./heads.ts";
import type { MultiHeadAttentionCall, MultiHeadAttentionOptions, ProjectedMemory } from "./multi-head-options.ts";
import type { Position } from "./position.ts";
import { refuse } from "./refuse.ts";
import { siteOf } from "./site-of.ts";

/**
 * Multi-head attention around any variant (Vaswani et al. 2017, section 3.2.2):
 * out = concat_h(attend(x W_q, memory W_k, memory W_v)) W_o, with fewer key-value heads where the variant allows it.
 *
 * @throws RangeError, with the variant's own sentence, for a feature that the variant cannot honour.
 */
export class MultiHeadAttention<S extends Support = Support> extends Layer<
  [x: Tensor3D, call?: MultiHeadAttentionCall],
  Tensor3D
> {
  readonly attention: Attention<S>;
  readonly site: Site;
  readonly mechanism: Mechanism;
  readonly #position: Position | undefined;
  readonly #query: Linear;
  readonly #key: Linear;
  readonly #value: Linear;
  readonly #output: Linear;

  constructor(options: MultiHeadAttentionOptions<S>) {
    super(options.name);
    this.attention = options.attention;
    this.site = siteOf(options);
    this.#position = options.position;
    this.mechanism = options.attention.build(this.site);
    const { heads, keyValueHeads, headDim, valueDim } = this.site;
    const keyInputs = options.keyInputs ?? options.dModel;
    const linear = (name: string, inputs: number, outputs: number) =>
      new Linear({ name, inputs, outputs, bias: options.bias ?? false, seed: deriveSeed(options.seed, name) });
    this.#query = linear("query", options.dModel, heads * headDim);
    this.#key = linear("key", keyInputs, keyValueHeads * headDim);
    this.#value = linear("value", options.valueInputs ?? keyInputs, keyValueHeads * valueDim);
    this.#output = linear("output", heads * valueDim, options.dModel);
  }

  /** query, key, value and output `.weight` (and `.bias`), and the variant's own under `mechanism.`. */
  parameters(): Parameters {
    return {
      ...named("query", this.#query.parameters()),
      ...named("key", this.#key.parameters()),
      ...named("value", this.#value.parameters()),
      ...named("output", this.#output.parameters()),
      ...named("mechanism", this.mechanism.parameters),
    };
  }

  /** Whether `start` and `step` decode position by position: the site is causal and the variant keeps a state. */
  get stepwise(): boolean {
    return this.site.causal && this.mechanism.stepwise !== undefined;
  }

  /** The attention matrix [B,H,N,M] of a call, for pictures. Throws the variant's sentence where it has none. */
  weights(x: Tensor3D, call: MultiHeadAttentionCall = {}): Tensor4D {
    const { weights } = this.mechanism;
    if (weights === undefined) throw this.#cannot("weights");
    return scope(`${this.name} weights`, () => weights(this.#prepare(x, call)));
  }

  /** State before the first position: tensors that `carry` can own. */
  start(batch: number): StepState {
    return this.#stepper().start(batch);
  }

  /** Keys and values of a memory [B,M,keyInputs], to be given to many calls as `projected`: what cross-attention computes once while it decodes. */
  project(memory: Tensor3D, memoryValues: Tensor3D = memory): ProjectedMemory {
    refuse(this.attention.name, this.attention.supports, ["crossAttention"]);
    return scope(`${this.name} project`, () => this.#memory(memory, memoryValues, 0));
  }

  /**
   * x [B,1,dModel] at `position` (counted from 0) -> output [B,1,dModel], plus `residual` where given, and the state after it. The old state
   * is not freed: `carry` does.
   */
  step(
    state: StepState,
    x: Tensor3D,
    position: number,
    residual?: Tensor3D,
  ): { readonly output: Tensor3D; readonly state: StepState } {
    const stepper = this.#stepper();
    if (x.shape[1] !== 1)
      throw invalid(`multi-head attention ${this.name}`, "a step takes one position [B,1,dModel]", x.shape);
    return scope(`${this.name} step`, () => {
      const heads = { q: this.#queries(x, position), ...this.#memory(x, x, position) };
      const next = stepper.step(state, { ...heads, position });
      return { output: this.#output.call(mergeHeads(next.output), residual) as Tensor3D, state: next.state };
    });
  }

  protected forward(x: Tensor3D, call: MultiHeadAttentionCall = {}): Tensor3D {
    const { queryPadding, residual } = call;
    const attended = mergeHeads(this.mechanism.attend(this.#prepare(x, call))); // [B,N,H*Dv]
    if (queryPadding === undefined) return this.#output.call(attended, residual) as Tensor3D;
    const [batch, queries] = queryPadding.shape;
    const output = mul(this.#output.call(attended), reshape(queryPadding, [batch, queries, 1])) as Tensor3D;
    return residual === undefined ? output : add(output, residual);
  }

  #prepare(x: Tensor3D, call: MultiHeadAttentionCall): Call {
    const {
      memory,
      memoryValues,
      projected,
      keyPadding,
      queryPadding,
      globals,
      queryOffset = 0,
      training = false,
      step = 0,
    } = call;
    if (memory === undefined && memoryValues !== undefined) {
      throw new TypeError(`multi-head attention ${this.name}: memoryValues needs memory, got none`);
    }
    // With as many keys as queries, cross-attention looks like self-attention to the mechanism: only the layer can refuse it.
    if (memory !== undefined && projected !== undefined) {
      throw new TypeError(`multi-head attention ${this.name}: a call takes memory or projected, got both`);
    }
    const crosses = memory !== undefined || projected !== undefined;
    if (crosses) refuse(this.attention.name, this.attention.supports, ["crossAttention"]);
    const keys = memory ?? x;
    return {
      q: this.#queries(x, queryOffset),
      ...(projected ?? this.#memory(keys, memoryValues ?? keys, crosses ? 0 : queryOffset)),
      input: () => x,
      ...(keyPadding === undefined ? {} : { keyPadding }),
      ...(queryPadding === undefined ? {} : { queryPadding }),
      ...(globals === undefined ? {} : { globals }),
      // Self-attention's keys start where its queries start.
      queryOffset: crosses ? queryOffset : 0,
      training,
      step,
    };
  }

  #queries(x: Tensor3D, start: number): Tensor4D {
    return this.#rotate(splitHeads(this.#query.call(x), this.site.heads), start); // [B,H,N,D]
  }

  #memory(keys: Tensor3D, values: Tensor3D, start: number): ProjectedMemory {
    const { keyValueHeads } = this.site;
    return {
      k: this.#rotate(splitHeads(this.#key.call(keys), keyValueHeads), start), // [B,KH,M,D]
      v: splitHeads(this.#value.call(values), keyValueHeads), // [B,KH,M,Dv]
    };
  }

  #rotate(x: Tensor4D, start: number): Tensor4D {
    return this.#position?.rotate?.(x, start) ?? x;
  }

  #stepper(): Stepwise {
    const { stepwise } = this.mechanism;
    if (stepwise === undefined) throw this.#cannot("stepwise");
    if (!this.site.causal)
      throw invalid(`multi-head attention ${this.name}`, "decoding step by step needs causal: true", false);
    return stepwise;
  }

  #cannot(feature: Feature): Error {
    refuse(this.attention.name, this.attention.supports, [feature]);
    return new TypeError(`multi-head attention ${this.name}: ${this.attention.name} must offer ${feature}, got none`);
  }
}
