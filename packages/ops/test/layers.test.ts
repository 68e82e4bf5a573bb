import { setBackend, type Tensor, type Tensor1D, type Tensor2D } from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { checkOperation, normalInput, tensorOf, type Input } from "../../tensors/test/check-operation.ts";
import { gelu, layerNorm, linear, rmsNorm, type Activation } from "../src/index.ts";
import { onBothPaths } from "./both-paths.ts";
import * as reference from "./references.ts";

const [inputs, outputs] = [4, 3];
const x = normalInput(1, 2, 5, inputs);
const w = normalInput(2, inputs, outputs);
const b = normalInput(3, outputs);
const residual = normalInput(4, 2, 5, outputs);
const kinds: (Activation | undefined)[] = [undefined, "geluErf", "geluTanh", "relu"];

function act(values: number[], activation: Activation | undefined): number[] {
  return activation === undefined ? values : values.map(reference.activations[activation]);
}

describe("linear", () => {
  onBothPaths(["FusedLinear", "FusedLinearGrad"], () => {
    describe.each(kinds)("activation %s", (activation) => {
      it("x w", () => {
        checkOperation(
          [x, w],
          (x, w) => linear(x, w as Tensor2D, undefined, { activation }),
          (x, w) => act(reference.affine(inputs, outputs, x!, w!), activation),
        );
      });

      it("x w + b", () => {
        checkOperation(
          [x, w, b],
          (x, w, b) => linear(x, w as Tensor2D, b as Tensor1D, { activation }),
          (x, w, b) => act(reference.affine(inputs, outputs, x!, w!, b!), activation),
        );
      });

      it("x w + b and a residual", () => {
        checkOperation(
          [x, w, b, residual],
          (x, w, b, r) => linear(x, w as Tensor2D, b as Tensor1D, { activation, residual: r }),
          (x, w, b, r) => act(reference.affine(inputs, outputs, x!, w!, b!), activation).map((y, i) => y + r![i]!),
        );
      });

      it("x w and a residual, of rank 2", () => {
        checkOperation(
          [normalInput(5, 6, inputs), w, normalInput(6, 6, outputs)],
          (x, w, r) => linear(x, w as Tensor2D, undefined, { activation, residual: r }),
          (x, w, r) => act(reference.affine(inputs, outputs, x!, w!), activation).map((y, i) => y + r![i]!),
        );
      });
    });
  });

  it("refuses shapes that disagree", async () => {
    await setBackend("cpu");
    const [good, weights] = [tensorOf(x), tensorOf(w) as Tensor2D];
    const some = (...shape: number[]): Tensor => tensorOf(normalInput(0, ...shape));
    expect(() => linear(some(2, 3), weights)).toThrow("linear: x must be [...,4], got [2,3]");
    expect(() => linear(good, weights, some(4) as Tensor1D)).toThrow("linear: b must be [3], got [4]");
    expect(() => linear(good, weights, undefined, { residual: some(2, 3) })).toThrow(
      "linear: residual must be [2,5,3], got [2,3]",
    );
  });
});

describe("gelu", () => {
  onBothPaths(["Gelu", "GeluGrad"], () => {
    it.each(["erf", "tanh"] as const)("by %s", (form) => {
      const points: Input = { shape: [9], values: [-4, -2, -1, -0.125, 0, 0.125, 1, 2, 4] };
      const exact = form === "erf" ? reference.activations.geluErf : reference.activations.geluTanh;
      checkOperation(
        [points],
        (x) => gelu(x, form),
        (x) => Array.from(x!, exact),
      );
    });
  });
});

describe("layerNorm", () => {
  onBothPaths(["FusedLayerNorm", "FusedLayerNormGrad"], () => {
    it("has the biased variance, epsilon inside the root, and three gradients", () => {
      // A large epsilon, so that its place shows.
      checkOperation(
        [x, normalInput(7, inputs), normalInput(8, inputs)],
        (x, gamma, beta) => layerNorm(x, gamma as Tensor1D, beta as Tensor1D, 0.3),
        (x, gamma, beta) => reference.layerNorm(inputs, 0.3, x!, gamma!, beta!),
      );
    });
  });

  it("refuses vectors of another width", async () => {
    await setBackend("cpu");
    const [good, bad] = [tensorOf(normalInput(0, 4)) as Tensor1D, tensorOf(normalInput(0, 3)) as Tensor1D];
    expect(() => layerNorm(tensorOf(x), good, bad, 1e-5)).toThrow("layerNorm: beta must be [4], got [3]");
    expect(() => rmsNorm(tensorOf(x), bad, 1e-5)).toThrow("rmsNorm: gamma must be [4], got [3]");
  });
});

describe("rmsNorm", () => {
  it("divides by the root of the mean square, with gradients", async () => {
    await setBackend("cpu");
    checkOperation(
      [x, normalInput(7, inputs)],
      (x, gamma) => rmsNorm(x, gamma as Tensor1D, 0.3),
      (x, gamma) =>
        Array.from(x!, (value, index) => {
          const row = Array.from(x!.subarray(index - (index % inputs), index - (index % inputs) + inputs));
          const square = row.reduce((total, entry) => total + entry ** 2, 0) / inputs;
          return (value / Math.sqrt(square + 0.3)) * gamma![index % inputs]!;
        }),
    );
  });
});
