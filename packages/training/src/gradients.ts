import { type Scalar, type Tensor, type Variable, add, dispose, mul, tidy } from "@tensorflow/tfjs-core";
import { valueAndGradients } from "@attention-lab/tensors";
import { freeBatch } from "./free-batch.ts";
import type { Objective } from "./objective.ts";

export interface BatchGradients {
  /** Mean loss over all counted targets, in nats. */
  readonly loss: number;
  /** Gradients of that mean, in the order of the variables; undefined where the loss does not depend on one. The caller owns them. */
  readonly gradients: (Tensor | undefined)[];
}

/**
 * Loss and gradients over several batches as if they were one: each batch counts by its number of targets, so that padding shifts no weight
 * from one to another. Dropout masks are chosen by the index.
 */
export async function gradientsOver(
  objective: Objective,
  variables: readonly Variable[],
  indices: readonly number[],
): Promise<BatchGradients> {
  const [first = 0] = indices;
  if (indices.length === 1) return ofMean(objective, variables, first);
  let [loss, weight] = [0, 0];
  let sums: (Tensor | undefined)[] = [];
  for (const index of indices) {
    const batch = objective.batch(index);
    const targets = objective.weight(batch);
    const summed = () => mul<Scalar>(objective.loss(batch, { training: true, step: index }), targets);
    const { value, gradients } = valueAndGradients(summed, variables);
    sums = gradients.map((gradient, i) => plus(sums[i], gradient));
    loss += (await value.data())[0] ?? 0;
    weight += (await targets.data())[0] ?? 0;
    dispose([value, targets]);
    freeBatch(batch);
  }
  const share = 1 / Math.max(1, weight);
  const means = sums.map((sum) => sum && tidy(() => mul(sum, share)));
  dispose(sums.filter((sum) => sum !== undefined));
  return { loss: loss * share, gradients: means };
}

async function ofMean(objective: Objective, variables: readonly Variable[], index: number): Promise<BatchGradients> {
  const batch = objective.batch(index);
  const mean = () => objective.loss(batch, { training: true, step: index });
  const { value, gradients } = valueAndGradients(mean, variables);
  const loss = (await value.data())[0] ?? Number.NaN;
  value.dispose();
  freeBatch(batch);
  return { loss, gradients };
}

/** The sum of two gradients, either of which may be absent; frees both. */
function plus(a: Tensor | undefined, b: Tensor | undefined): Tensor | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const total = tidy(() => add(a, b));
  dispose([a, b]);
  return total;
}
