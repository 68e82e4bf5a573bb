import type { TensorContainer } from "@tensorflow/tfjs-core";
import { scope } from "@attention-lab/tensors";
import type { Parameters } from "./parameters.ts";

/**
 * A function with parameters. A layer writes only `forward`; `call` runs it in a memory scope that frees everything but
 * the result, so that no layer ever disposes of a tensor.
 */
export abstract class Layer<Input extends unknown[], Output extends TensorContainer> {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  /** Trainable variables by dotted name; those of inner layers carry the inner layer's role as prefix. */
  abstract parameters(): Parameters;

  call(...input: Input): Output {
    return scope(this.name, () => this.forward(...input));
  }

  protected abstract forward(...input: Input): Output;
}

/** What changes between calls of a layer that drops values: `step` and the layer's seed select the mask. */
export interface Phase {
  /** False (the default) makes every dropout the identity. */
  readonly training?: boolean;
  /** Training step, counted from 0; a mask is a pure function of seed and step. */
  readonly step?: number;
}
