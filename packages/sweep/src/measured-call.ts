import type { Mechanism } from "@attention-lab/attention";
import type { TrialConfig } from "@attention-lab/results/store";
import { scope, valueAndGradients } from "@attention-lab/tensors";
import { slice, type Tensor } from "@tensorflow/tfjs-core";
import { readTrial } from "./any-variant.ts";
import type { Inputs } from "./inputs.ts";
import { siteOf } from "./site.ts";

/** One trial made ready to be called: `attend` alone, or `attend` and the gradients of q, k, v and the mechanism's parameters. */
export interface MeasuredCall {
  /** Computes and gives back tensors that the caller releases with `finish`. */
  run(): Tensor[];
  readonly inputs: Inputs;
}

export function buildMechanism(config: TrialConfig): Mechanism {
  return readTrial(config).attention.build(siteOf(config));
}

export function measuredCall(config: TrialConfig, mechanism: Mechanism, inputs: Inputs): MeasuredCall {
  const { q, k, v, cotangent } = inputs;
  const training = config.phase === "step";
  const attend = (): Tensor => mechanism.attend({ q, k, v, input: noInput, queryOffset: 0, training, step: 0 });
  const variables = Object.values(mechanism.parameters).filter(({ trainable }) => trainable);
  // A variant may ignore an input (identity returns v): its gradient is then absent.
  const step = (): Tensor[] =>
    valueAndGradients(attend, [q, k, v, ...variables], cotangent).gradients.filter(
      (gradient) => gradient !== undefined,
    );
  return {
    inputs,
    run: () => (training ? scope("step", step) : [scope("forward", attend)]),
  };
}

/** Waits until the outputs are computed, by reading one value of each, and frees all that are not inputs themselves. */
export async function finish(outputs: readonly Tensor[], inputs: Inputs): Promise<void> {
  for (const output of outputs) {
    const one = slice(output, Array<number>(output.rank).fill(0), Array<number>(output.rank).fill(1));
    await one.data();
    one.dispose();
  }
  discard(outputs, inputs);
}

export function discard(outputs: readonly Tensor[], inputs: Inputs): void {
  const held = new Set(Object.values(inputs).map((tensor: Tensor) => tensor.id));
  for (const output of outputs) if (!held.has(output.id)) output.dispose();
}

function noInput(): never {
  throw new Error("sweep: a trial has no layer input; global tokens are not part of an experiment");
}
