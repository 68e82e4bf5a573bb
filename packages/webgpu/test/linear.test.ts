import { type Activation, linear } from "@attention-lab/ops";
import { randomNormal } from "@attention-lab/tensors";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { assert, asyncProperty, integer } from "fast-check";
import { test } from "vitest";
import { agree, differentiated, onAdapter } from "./on-adapter.ts";

interface Case {
  readonly shape: readonly number[];
  readonly outputs: number;
  readonly biased: boolean;
  readonly residual: boolean;
  readonly activation?: Activation;
}

/** The result, and the gradients of x, w and of the bias and the residual where there are such. */
function computed({ shape, outputs, biased, residual, activation }: Case) {
  const inner = shape.at(-1) ?? 1;
  const shapes = [
    shape,
    [inner, outputs],
    ...(biased ? [[outputs]] : []),
    ...(residual ? [[...shape.slice(0, -1), outputs]] : []),
  ];
  return differentiated(
    (...inputs) => {
      const [x, w, ...rest] = inputs;
      if (x === undefined) throw new Error("linear: no x");
      const b = biased ? (rest.shift() as Tensor1D) : undefined;
      return linear(x, w as Tensor2D, b, { activation, residual: rest[0] });
    },
    shapes.map((size, i) => randomNormal(i + 1, [...size])),
  );
}

onAdapter("linear by our kernels equals its composition", () => {
  test.each<Case>([
    { shape: [1, 1], outputs: 1, biased: true, residual: false },
    { shape: [2, 40, 33], outputs: 65, biased: true, residual: true },
    { shape: [70, 64], outputs: 130, biased: false, residual: false, activation: "geluErf" },
    { shape: [3, 5], outputs: 7, biased: true, residual: true, activation: "geluTanh" },
    { shape: [3, 5], outputs: 7, biased: true, residual: false, activation: "relu" },
    // Rows enough that the gradient of w is summed in parts.
    { shape: [1100, 9], outputs: 10, biased: true, residual: false },
  ])("x $shape, $outputs outputs, bias $biased, residual $residual, $activation", (one) =>
    agree(() => computed(one), 2e-4),
  );

  test("at any shape", async () => {
    const length = integer({ min: 1, max: 140 });
    const property = asyncProperty(length, length, length, (rows, inner, outputs) =>
      agree(() => computed({ shape: [rows, inner], outputs, biased: true, residual: false }), 2e-4),
    );
    await assert(property, { numRuns: 6, seed: 7 });
  });
});
