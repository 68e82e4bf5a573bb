import type { Parameters } from "@attention-lab/nn";
import { normalValues } from "@attention-lab/tensors";
import { type Scalar, tensor, tidy, type Variable, variableGrads } from "@tensorflow/tfjs-core";
import { expect } from "vitest";

/** Every parameter's gradient along a random direction against a central difference of the loss; all but keys' biases have one. */
export function checkGradients(named: Parameters, loss: () => Scalar, width: number): void {
  const parameters = Object.entries(named);
  const { grads } = variableGrads(
    loss,
    parameters.map(([, parameter]) => parameter),
  );
  for (const [index, [name, parameter]] of parameters.entries()) {
    const gradient = grads[parameter.name]?.dataSync() ?? [];
    expect(gradient.length, name).toBe(parameter.size);
    const direction = normalValues(100 + index, parameter.size);
    const predicted = direction.reduce((total, value, i) => total + value * (gradient[i] ?? 0), 0);
    const measured = centralDifference(loss, parameter, direction, width);
    expect(Math.abs(predicted - measured), `${name}: ${predicted} against ${measured}`).toBeLessThan(
      2e-3 + 1e-2 * Math.abs(measured),
    );
  }
  // Softmax ignores what is added to every score: only the key's bias may have no gradient.
  const still = parameters
    .filter(([, p]) => Math.max(...(grads[p.name]?.dataSync() ?? []).map(Math.abs)) < 1e-6)
    .map(([name]) => name);
  expect(still.filter((name) => !name.endsWith("ttention.key.bias"))).toEqual([]);
}

function centralDifference(loss: () => Scalar, parameter: Variable, direction: Float32Array, step: number): number {
  const values = parameter.dataSync().slice();
  const at = (sign: number) => {
    parameter.assign(
      tensor(
        values.map((value, i) => value + sign * step * (direction[i] ?? 0)),
        parameter.shape,
      ),
    );
    return tidy(loss).dataSync()[0] ?? NaN;
  };
  const difference = (at(1) - at(-1)) / (2 * step);
  parameter.assign(tensor(values, parameter.shape));
  return difference;
}
