import type { TrialConfig } from "@attention-lab/results/store";
import { deriveSeed, randomNormal } from "@attention-lab/tensors";
import type { Tensor4D } from "@tensorflow/tfjs-core";

/** What every trial of one shape reads: standard normal q, k, v and the cotangent of the output, each [B,H,N,D]. */
export interface Inputs {
  readonly q: Tensor4D;
  readonly k: Tensor4D;
  readonly v: Tensor4D;
  readonly cotangent: Tensor4D;
}

/** Inputs depend on shape and seed alone, so that all variants of one length compute on the same numbers. */
export function inputsKey({ batch, heads, length, headDim, seed }: TrialConfig): string {
  return [batch, heads, length, headDim, seed].join("/");
}

export function makeInputs({ batch, heads, length, headDim, seed }: TrialConfig): Inputs {
  const normal = (name: string): Tensor4D =>
    randomNormal(deriveSeed(seed, "sweep", name, length), [batch, heads, length, headDim]) as Tensor4D;
  return { q: normal("q"), k: normal("k"), v: normal("v"), cotangent: normal("cotangent") };
}

export function inputsBytes(inputs: Inputs): number {
  return Object.values(inputs).reduce((bytes, tensor: Tensor4D) => bytes + 4 * tensor.size, 0);
}
