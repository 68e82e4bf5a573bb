import {
  add,
  concat,
  maximum,
  reshape,
  split,
  stack,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tanh,
  zeros,
} from "@tensorflow/tfjs-core";
import {
  type CellState,
  Dropout,
  Embedding,
  Layer,
  Linear,
  named,
  type Parameters,
  type Phase,
  Recurrent,
  timeSteps,
} from "@attention-lab/nn";
import { deriveSeed, scope } from "@attention-lab/tensors";
import type { Encoded } from "./recurrent-encoder.ts";
import type { RecurrentSeq2SeqOptions } from "./recurrent-options.ts";
import { type Memory, SourceAttention } from "./source-attention.ts";

/** What a decoder carries from token to token; with attention also the source, and with input feeding what the last output read. */
export type RecurrentState = {
  readonly layers: CellState[];
  readonly memory?: Memory;
  readonly fed?: Tensor2D; // [B,S]
};

/** One step: the state after it, the query it attended with and what the readout reads. */
type Advanced = { readonly state: RecurrentState; readonly query: Tensor2D; readonly read: Tensor2D };
type Decoded = { readonly logits: Tensor3D; readonly queries: Tensor3D };

/**
 * The decoder of `RecurrentSeq2Seq`, in three forms: "fixed" reads its own state h; "before" takes the context c into the cell and reads
 * maxout(W [h; c; y]) (Bahdanau et al. 2015, appendix A.2.2, with the current state); "after" reads tanh(W [c; h]) (Luong et al. 2015, eq. 5).
 */
export class RecurrentDecoder extends Layer<[ids: Tensor2D, start: RecurrentState, phase?: Phase], Decoded> {
  readonly embedding: Embedding;
  readonly recurrent: Recurrent;
  readonly attention: SourceAttention | undefined;
  readonly output: Linear;
  /** Of "before": the context's part of the bottom cell's input; of input feeding: the last readout's. */
  readonly #feed: Linear | undefined;
  readonly #readout: Linear | undefined;
  readonly #form: "fixed" | "before" | "after";
  readonly #units: number;
  readonly #embedDropout: Dropout;
  readonly #readDropout: Dropout;

  constructor(options: RecurrentSeq2SeqOptions & { readonly name: string }) {
    const { name, vocabulary, embedding, units, context, dropout, maxLength = Number.MAX_SAFE_INTEGER, seed } = options;
    super(name);
    const part = (label: string) => ({ name: `${name}.${label}`, seed: deriveSeed(seed, label) });
    const matrix = (label: string, inputs: number, outputs: number, bias: boolean) =>
      new Linear({ ...part(label), inputs, outputs, bias });
    this.#form = context === "fixed" ? "fixed" : context.attend;
    this.#units = units;
    this.embedding = new Embedding({ ...part("embedding"), rows: vocabulary, width: embedding });
    this.recurrent = new Recurrent({ ...options, ...part("recurrent"), inputs: embedding, direction: "forward" });
    if (context !== "fixed") {
      this.attention = new SourceAttention({ ...part("attention"), attention: context.attention, units, maxLength });
      const feeds = context.attend === "before" || context.inputFeeding === true;
      if (feeds) this.#feed = matrix("feed", units, this.recurrent.projected, false);
      this.#readout =
        context.attend === "before"
          ? matrix("readout", 2 * units + embedding, 2 * units, true)
          : matrix("readout", 2 * units, units, false);
    }
    this.output = matrix("output", units, vocabulary, true);
    this.#embedDropout = new Dropout({ ...part("embedDropout"), rate: dropout });
    this.#readDropout = new Dropout({ ...part("readDropout"), rate: dropout });
  }

  parameters(): Parameters {
    return {
      ...named("embedding", this.embedding.parameters()),
      ...this.recurrent.parameters(),
      ...named("attention", this.attention?.parameters() ?? {}),
      ...named("feed", this.#feed?.parameters() ?? {}),
      ...named("readout", this.#readout?.parameters() ?? {}),
      ...named("output", this.output.parameters()),
    };
  }

  /** The state before the first token. */
  start({ outputs, padding, state }: Encoded): RecurrentState {
    if (this.#form === "fixed") return { layers: state };
    const memory = padding === undefined ? { outputs } : { outputs, padding };
    if (this.#form === "before" || this.#feed === undefined) return { layers: state, memory };
    return { layers: state, memory, fed: zeros([outputs.shape[0], this.#units]) };
  }

  protected forward(ids: Tensor2D, start: RecurrentState, phase: Phase = {}): Decoded {
    this.recurrent.checkState(start.layers, ids.shape[0]);
    const embedded = this.#embedDropout.call(this.embedding.call(ids), phase) as Tensor3D; // [B,T,E]
    const { reads, queries } =
      this.#feed === undefined ? this.#atOnce(embedded, start, phase) : this.#inTurn(embedded, start, phase);
    return { logits: this.#logits(reads, embedded, phase), queries };
  }

  /** int32 ids [B] -> logits [B,V] of the next token and the state after this one. */
  step(state: RecurrentState, ids: Tensor): { readonly logits: Tensor2D; readonly state: RecurrentState } {
    return scope(`${this.name}.step`, () => {
      const [batch = 0] = ids.shape;
      this.recurrent.checkState(state.layers, batch);
      const embedded = this.embedding.call(reshape(ids, [batch, 1])) as Tensor3D; // [B,1,E]
      const projected = reshape(this.recurrent.projectInputs(embedded), [batch, -1]) as Tensor2D;
      const { state: next, read } = this.#advance(projected, state, {});
      const logits = this.#logits(reshape(read, [batch, 1, -1]), embedded, {});
      return { logits: reshape(logits, [batch, -1]) as Tensor2D, state: next };
    });
  }

  /** All steps of layer after layer: where no step needs what an earlier one read from the source. */
  #atOnce(embedded: Tensor3D, { layers, memory }: RecurrentState, phase: Phase) {
    const { outputs: queries } = this.recurrent.call(embedded, { initial: layers, ...phase }); // [B,T,S]
    return { queries, reads: memory === undefined ? queries : this.#attentional(queries, memory, phase) };
  }

  #inTurn(embedded: Tensor3D, start: RecurrentState, phase: Phase) {
    const steps: Advanced[] = [];
    for (const [time, projected] of timeSteps(this.recurrent.projectInputs(embedded) as Tensor3D).entries()) {
      const before = steps.at(-1)?.state ?? start;
      steps.push(scope("step", () => this.#advance(projected, before, { ...phase, time })));
    }
    const stacked = (part: "read" | "query") =>
      stack(
        steps.map((step) => step[part]),
        1,
      ) as Tensor3D;
    return { reads: stacked("read"), queries: stacked("query") };
  }

  /** One step from the token's projected input [B,G*S]. */
  #advance(projected: Tensor2D, state: RecurrentState, phase: Phase & { time?: number }): Advanced {
    const { layers, memory, fed } = state;
    const previous = layers.at(-1)?.hidden as Tensor2D;
    const context = this.#form === "before" ? this.#attend(previous, memory as Memory, phase) : fed;
    const input = context === undefined ? projected : add(projected, (this.#feed as Linear).call(context));
    const next = this.recurrent.advance(input as Tensor2D, layers, phase);
    const hidden = next.at(-1)?.hidden as Tensor2D;
    const after = { ...state, layers: next };
    if (memory === undefined) return { state: after, query: hidden, read: hidden };
    if (this.#form === "before")
      return { state: after, query: previous, read: concat([hidden, context as Tensor2D], 1) };
    const read = reshape(this.#attentional(oneStep(hidden), memory, phase), hidden.shape) as Tensor2D;
    return { state: fed === undefined ? after : { ...after, fed: read }, query: hidden, read };
  }

  #attend(query: Tensor2D, memory: Memory, phase: Phase): Tensor2D {
    return reshape((this.attention as SourceAttention).call(oneStep(query), memory, phase), query.shape);
  }

  /** tanh(W [c; h]) of states [B,N,S]. */
  #attentional(states: Tensor3D, memory: Memory, phase: Phase): Tensor3D {
    const context = (this.attention as SourceAttention).call(states, memory, phase);
    return tanh((this.#readout as Linear).call(concat([context, states], 2))) as Tensor3D;
  }

  #logits(reads: Tensor3D, embedded: Tensor3D, phase: Phase): Tensor3D {
    const vector = this.#form === "before" ? this.#maxout(concat([reads, embedded], 2)) : reads; // [B,T,S]
    return this.output.call(this.#readDropout.call(vector, phase)) as Tensor3D;
  }

  /** The larger of two linear maps, [...,R] -> [...,S] (Goodfellow et al. 2013). */
  #maxout(x: Tensor3D): Tensor {
    const [left, right] = split((this.#readout as Linear).call(x), 2, 2) as [Tensor, Tensor];
    return maximum(left, right);
  }
}

const oneStep = (x: Tensor2D): Tensor3D => reshape(x, [x.shape[0], 1, x.shape[1]]);
