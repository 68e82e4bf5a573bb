import { softmaxCrossEntropy } from "@attention-lab/ops";
import { learned, rope } from "@attention-lab/position-encodings";
import { normalValues } from "@attention-lab/tensors";
import {
  reshape,
  type Scalar,
  setBackend,
  tensor,
  tensor1d,
  type Tensor1D,
  type Tensor2D,
  tidy,
  type Variable,
  variableGrads,
} from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import type { DecoderOnlyOptions } from "../src/index.ts";
import { build, idsOf, someIds, vocabulary } from "./tiny-model.ts";

beforeAll(async () => {
  await setBackend("cpu");
});

describe("gradients", () => {
  const cases: [string, Partial<DecoderOnlyOptions>][] = [
    ["pre-norm, tied", {}],
    ["post-norm, untied, relu", { norm: "post", tied: false, activation: "relu" }],
    [
      "pre-norm, learned positions, grouped heads",
      { position: learned({ deviation: 0.1 }), heads: 4, keyValueHeads: 1, activation: "geluErf" },
    ],
    [
      "post-norm, rope, scaled embeddings",
      { norm: "post", position: rope({ base: 10, pairing: "interleaved", fraction: 0.5 }), scaleEmbeddings: true },
    ],
  ];
  test.each(cases)("%s: every parameter's agrees with a central difference", (_, options) => {
    const model = build(options);
    // A wider difference would step over some of relu's kinks; a narrower one costs float32 digits.
    const width = options.activation === "relu" ? 2e-4 : 2e-3;
    const inputs = idsOf(someIds(10, 3), 2);
    const targets = tensor1d(someIds(10, 4), "int32");
    const loss = () =>
      softmaxCrossEntropy(reshape(model.logits(inputs), [10, vocabulary]) as Tensor2D, targets as Tensor1D) as Scalar;
    const parameters = Object.entries(model.parameters());
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
    // Of all parameters the key's bias alone may have no gradient: softmax ignores what is added to every score.
    const still = parameters
      .filter(([, p]) => Math.max(...(grads[p.name]?.dataSync() ?? []).map(Math.abs)) < 1e-6)
      .map(([name]) => name);
    expect(still.every((name) => name.endsWith("attention.key.bias"))).toBe(true);
  });

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
});
