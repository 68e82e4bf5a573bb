/** Holds a differentiable operation against a float64 reference: value, gradients (by central differences) and live tensors. */
import { grads, memory, sum, mul, tensor, type Tensor } from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import { countLeaks, normalValues } from "../src/index.ts";

export interface Input {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}
export type Reference = (...inputs: Float64Array[]) => ArrayLike<number>;

/** A normal input, rounded to float32 so that the reference sees the same numbers. */
export const normalInput = (seed: number, ...shape: number[]): Input => ({
  shape,
  values: normalValues(
    seed,
    shape.reduce((a, b) => a * b, 1),
  ),
});

export const tensorOf = ({ shape, values }: Input): Tensor => tensor(Float32Array.from(values), [...shape], "float32");

/** sum(weights * reference(inputs)) differentiated by every element of one input. */
export function differences(
  reference: Reference,
  inputs: Float64Array[],
  which: number,
  weights: ArrayLike<number>,
): number[] {
  const step = 1e-4;
  const moved = inputs.map((values) => values.slice());
  const target = moved[which] ?? new Float64Array();
  const objective = (): number =>
    Array.from(reference(...moved)).reduce((total, y, i) => total + y * (weights[i] ?? 0), 0);
  return Array.from(target, (value, index) => {
    target[index] = value + step;
    const above = objective();
    target[index] = value - step;
    const below = objective();
    target[index] = value;
    return (above - below) / (2 * step);
  });
}

export function expectClose(
  actual: ArrayLike<number>,
  wanted: ArrayLike<number>,
  tolerance: number,
  what: string,
): void {
  expect(actual.length, what).toBe(wanted.length);
  for (let i = 0; i < wanted.length; i++) {
    const [a, w] = [actual[i] ?? NaN, wanted[i] ?? NaN];
    // NaN fails, since it compares false.
    if (!(Math.abs(a - w) <= tolerance * Math.max(1, Math.abs(w)))) expect.fail(`${what}[${i}]: ${a} is not near ${w}`);
  }
}

export function checkOperation(
  inputs: Input[],
  operation: (...inputs: Tensor[]) => Tensor,
  reference: Reference,
): void {
  const exact = inputs.map(({ values }) => Float64Array.from(values));
  const tensors = inputs.map(tensorOf);
  const wanted = reference(...exact);
  const leaked = countLeaks(() => {
    const y = operation(...tensors);
    expectClose(y.dataSync(), wanted, 2e-5, "value");
    y.dispose();
  });
  expect(leaked, "tensors leaked by the value").toBe(0);

  const weights = normalValues(77, wanted.length);
  const before = memory().numTensors;
  const w = tensor(weights);
  const gradients = grads((...xs: Tensor[]) => sum(mul(operation(...xs).flatten(), w)))(tensors);
  for (const [which, gradient] of gradients.entries()) {
    expect(gradient.shape).toEqual(inputs[which]?.shape);
    expectClose(gradient.dataSync(), differences(reference, exact, which, weights), 2e-4, `gradient of input ${which}`);
    gradient.dispose();
  }
  w.dispose();
  expect(memory().numTensors - before, "tensors leaked by the gradient").toBe(0);
  for (const x of tensors) x.dispose();
}
