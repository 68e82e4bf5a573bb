import { expandDims, reshape, type Tensor2D, type Tensor3D, type Tensor4D } from "@tensorflow/tfjs-core";
import type { Attention, Call, Mechanism } from "@attention-lab/attention";
import { Layer, type Parameters, type Phase } from "@attention-lab/nn";

/** What an encoder said of a source: the keys and values of every step. */
export type Memory = {
  readonly outputs: Tensor3D; // [B,M,S]
  readonly padding?: Tensor2D; // [B,M], 1 = real
};

export interface SourceAttentionOptions {
  readonly name: string;
  readonly attention: Attention;
  /** Width S of queries, keys and values. */
  readonly units: number;
  readonly maxLength: number;
  readonly seed: number;
}

/** One head of any attention between decoder states [B,N,S] and a source, without projections around it -> contexts [B,N,S]. */
export class SourceAttention extends Layer<[queries: Tensor3D, memory: Memory, phase?: Phase], Tensor3D> {
  readonly mechanism: Mechanism;

  constructor({ name, attention, units, maxLength, seed }: SourceAttentionOptions) {
    super(name);
    this.mechanism = attention.build({
      heads: 1,
      keyValueHeads: 1,
      headDim: units,
      valueDim: units,
      scale: 1 / Math.sqrt(units),
      maxLength,
      causal: false,
      dropout: 0,
      seed,
    });
  }

  parameters(): Parameters {
    return this.mechanism.parameters;
  }

  /** Which source positions each query looks at, [B,N,M]; undefined where the variant has no weights to show. */
  weights(queries: Tensor3D, memory: Memory): Tensor3D | undefined {
    const found = this.mechanism.weights?.(callOf(queries, memory, {}));
    return found === undefined
      ? undefined
      : (reshape(found, [found.shape[0], found.shape[2], found.shape[3]]) as Tensor3D);
  }

  protected forward(queries: Tensor3D, memory: Memory, phase: Phase = {}): Tensor3D {
    return reshape(this.mechanism.attend(callOf(queries, memory, phase)), queries.shape);
  }
}

function callOf(queries: Tensor3D, { outputs, padding }: Memory, { training = false, step = 0 }: Phase): Call {
  const states = expandDims(outputs, 1) as Tensor4D; // [B,1,M,S]
  return {
    q: expandDims(queries, 1) as Tensor4D, // [B,1,N,S]
    k: states,
    v: states,
    ...(padding === undefined ? {} : { keyPadding: padding }),
    input: () => queries,
    queryOffset: 0,
    training,
    step,
  };
}
