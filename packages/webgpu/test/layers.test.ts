import { adamUpdate, dropout, gelu, layerNorm, softmaxCrossEntropy } from "@attention-lab/ops";
import { randomNormal } from "@attention-lab/tensors";
import {
  addN,
  clone,
  mul,
  ones,
  setBackend,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tensor1d,
  tidy,
  variable,
  zeros,
} from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { agree, differentiated, on, onAdapter } from "./on-adapter.ts";

onAdapter("the kernels of layers and training equal their compositions", () => {
  test.each([[[40, 33]], [[2, 70, 64]], [[1, 5]], [[3, 200]]])("layerNorm on %j", (shape) => {
    const width = shape.at(-1) ?? 0;
    const f = (...x: Tensor[]) => layerNorm(x[0] as Tensor, x[1] as Tensor1D, x[2] as Tensor1D, 1e-5);
    return agree(() =>
      differentiated(
        f,
        [shape, [width], [width]].map((size, i) => randomNormal(i + 1, size)),
      ),
    );
  });

  test.each(["erf", "tanh"] as const)("gelu %s", (form) =>
    agree(() => differentiated((...x) => gelu(x[0] as Tensor, form), [mul(randomNormal(1, [7, 301]), 4)]), 1e-5),
  );

  test.each([[[1, 4, 0, 6, 6]], [[1, -1, 0, -1, 6]], [[-1, -1, -1, -1, -1]]])(
    "cross-entropy of labels %j",
    (labels) => {
      const f = (...x: Tensor[]) => softmaxCrossEntropy(x[0] as Tensor2D, tensor1d(labels, "int32"));
      return agree(() => differentiated(f, [mul(randomNormal(1, [5, 130]), 3)]), 1e-5);
    },
  );

  test.each([
    [1, 0.5],
    [1023, 0.1],
    [70_001, 0.9],
  ])("dropout of %i elements drops the very same ones", (size, rate) =>
    agree(
      () =>
        differentiated((...x) => dropout(x[0] as Tensor, { rate, seed: 7, step: 3, training: true }), [ones([size])]),
      1e-6,
    ),
  );

  /** Three steps on two parameters: variables, moments, and what a clone of the first variable shows. */
  function optimised(): Tensor[] {
    const parameters = [[5, 3], [301]].map((shape, i) => ({
      variable: variable(randomNormal(i + 1, shape)),
      m: variable(zeros(shape)),
      v: variable(zeros(shape)),
      gradient: randomNormal(i + 5, shape),
      decay: i === 0,
    }));
    const options = { learningRate: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 };
    adamUpdate({ parameters, step: 1, ...options });
    const kept = parameters.map((parameter) => clone(parameter.variable));
    for (const step of [2, 3]) adamUpdate({ parameters, step, ...options });
    const all = parameters.flatMap((parameter) => [parameter.variable, parameter.m, parameter.v]);
    const answers = all.map((x) => clone(x));
    for (const x of all) x.dispose();
    return [...answers, ...kept];
  }
  test("adamUpdate, beside clones that keep the old values", () => agree(optimised, 1e-5));

  test("adamUpdate in place is seen by the next reader", async () => {
    await setBackend("webgpu");
    const [w, m, v] = tidy(() => [variable(ones([4])), variable(zeros([4])), variable(zeros([4]))] as const);
    const gradient = ones([4]);
    const parameters = [{ variable: w, m, v, gradient, decay: false }];
    const options = { learningRate: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 };
    adamUpdate({ parameters, step: 1, ...options });
    const once = await w.data();
    adamUpdate({ parameters, step: 2, ...options });
    const twice = await w.data();
    expect(once[0]).toBeCloseTo(0.9, 5);
    expect(twice[0]).toBeCloseTo(0.8, 5);
    for (const x of [w, m, v, gradient]) x.dispose();
  });

  test.each([1, 5, 6, 7, 40])("a sum of %i tensors", (count) =>
    agree(() => addN(Array.from({ length: count }, (_, i) => randomNormal(i + 1, [3, 5]))), 1e-5),
  );

  test("the example of the README computes", async () => {
    const [answer] = await on("webgpu", () => gelu(ones([2]), "tanh"));
    expect(answer?.values[0]).toBeCloseTo(0.8412, 4);
  });
});
