import { normalValues } from "@attention-lab/tensors";
import { type Scalar, tensor, tidy, type Variable, variableGrads } from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import type { Parameters } from "../src/index.ts";

/**
 * Expects the gradient of the loss in each parameter, along a random direction, to be a central difference of the loss in float32, and no
 * parameter to be without influence unless `still` names it.
 */
export function expectGradients(loss: () => Scalar, parameters: Parameters, still: readonly string[] = []): void {
  const named = Object.entries(parameters);
  const { grads, value } = variableGrads(
    loss,
    named.map(([, parameter]) => parameter),
  );
  for (const [index, [name, parameter]] of named.entries()) {
    const gradient = grads[parameter.name]?.dataSync() ?? [];
    expect(gradient.length, name).toBe(parameter.size);
    const direction = normalValues(100 + index, parameter.size);
    const along = direction.reduce((total, part, i) => total + part * (gradient[i] ?? 0), 0);
    const measured = slope(loss, parameter, direction);
    expect(Math.abs(along - measured), `${name}: ${along} against ${measured}`).toBeLessThan(
      2e-3 + 1e-2 * Math.abs(measured),
    );
    const moves = Math.max(...Array.from(gradient, Math.abs)) > 1e-6;
    expect(moves, `${name} has influence`).toBe(!still.includes(name));
  }
  for (const owned of [value, ...Object.values(grads)]) owned.dispose();
}

const width = 2e-3;

/** (loss(p + width d) - loss(p - width d)) / (2 width). */
function slope(loss: () => Scalar, parameter: Variable, direction: Float32Array): number {
  const held = parameter.dataSync().slice();
  const lossAt = (far: number) => {
    const moved = held.map((value, i) => value + far * (direction[i] ?? 0));
    tidy(() => parameter.assign(tensor(moved, parameter.shape)));
    return tidy(loss).dataSync()[0] ?? NaN;
  };
  const difference = lossAt(width) - lossAt(-width);
  lossAt(0);
  return difference / (2 * width);
}
