import {
  adamUpdate,
  dropout,
  featureAttention,
  gelu,
  layerNorm,
  linear,
  softmaxCrossEntropy,
} from "@attention-lab/ops";
import { randomUniform } from "@attention-lab/tensors";
import {
  abs,
  add,
  backend,
  clone,
  mul,
  setBackend,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tensor1d,
  tidy,
  variable,
  type Variable,
} from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { comparison, engineNames } from "./engines.ts";
import { R, valueAndGradients } from "./differentiate.ts";

describe.each(engineNames)("fused ops on the %s engine equal their compositions", (name) => {
  const { agree, start, stop } = comparison(name, 1e-4);
  beforeAll(start);
  afterAll(stop);

  test.each([
    { causal: false, sizes: [2, 3, 3, 37, 41, 16, 8] },
    { causal: true, sizes: [2, 3, 3, 150, 150, 24, 16] },
    { causal: true, sizes: [1, 4, 2, 67, 67, 13, 7] },
    { causal: false, sizes: [1, 4, 1, 1, 9, 5, 3] },
  ])("feature attention, causal $causal, sizes $sizes", ({ causal, sizes }) => {
    const [b = 0, h = 0, kh = 0, n = 0, m = 0, f = 0, dv = 0] = sizes;
    const body = () =>
      valueAndGradients(
        (...x) => {
          const [qf, kf, v] = x as [Tensor4D, Tensor4D, Tensor4D];
          return featureAttention({ qf: abs(qf), kf: abs(kf), v }, { causal, epsilon: 1e-6 });
        },
        [R([b, h, n, f]), R([b, kh, m, f], 2), R([b, kh, m, dv], 3)],
      );
    return agree(body, "featureAttentionGradient");
  });

  const activations = [undefined, "geluErf", "geluTanh", "relu"] as const;
  describe.each(activations)("linear with activation %s", (activation) => {
    test.each([[[40, 33]], [[2, 5, 33]], [[1, 33]]])("on %j", async (shape) => {
      const out = [...shape.slice(0, -1), 50];
      const inputs = () => [R(shape), R([33, 50], 2), R([50], 3)];
      const f = (x: Tensor, w: Tensor, b?: Tensor, residual?: Tensor) =>
        linear(x, w as Tensor2D, b as Tensor1D | undefined, { activation, residual });
      await agree(() => valueAndGradients((x, w, b) => f(x as Tensor, w as Tensor, b), inputs()), "gemm");
      await agree(() => valueAndGradients((x, w) => f(x as Tensor, w as Tensor), inputs().slice(0, 2)), "gemm");
      const withResidual = () => [...inputs(), R(out, 4)];
      await agree(() => valueAndGradients((x, w, b, r) => f(x as Tensor, w as Tensor, b, r), withResidual()), "gemm");
    });
  });

  test.each([[[40, 33]], [[2, 3, 64]], [[1, 5]]])("layerNorm on %j", (shape) => {
    const width = shape.at(-1) ?? 0;
    const f = (...x: Tensor[]) => layerNorm(x[0] as Tensor, x[1] as Tensor1D, x[2] as Tensor1D, 1e-5);
    return agree(() => valueAndGradients(f, [R(shape), R([width], 2), R([width], 3)]), "layerNormGradient");
  });

  test.each(["erf", "tanh"] as const)("gelu %s", (form) =>
    agree(() => valueAndGradients((...x) => gelu(x[0] as Tensor, form), [mul(R([7, 301]), 3)]), "unaryGradient"),
  );

  test("softmaxCrossEntropy, with ignored rows, with none counted", async () => {
    for (const labels of [
      [1, 4, 0, 6, 6],
      [1, -1, 0, -1, 6],
      [-1, -1, -1, -1, -1],
    ]) {
      const f = (...x: Tensor[]) => softmaxCrossEntropy(x[0] as Tensor2D, tensor1d(labels, "int32"));
      await agree(() => valueAndGradients(f, [R([5, 7])]), "crossEntropyGradient");
    }
  });

  test("dropout drops the very same elements, forwards and backwards", async () => {
    for (const [size, rate] of [
      [1, 0.5],
      [1023, 0.1],
      [70_001, 0.9],
    ] as const) {
      const f = (...x: Tensor[]) => dropout(x[0] as Tensor, { rate, seed: 7, step: 3, training: true });
      await agree(() => valueAndGradients(f, [add(randomUniform(1, [size]), 1)]), "dropout");
    }
  });

  /** Three steps on two parameters; answers variables, moments and what a clone of the first variable shows. */
  function optimise(): Tensor[] {
    const zeros = (shape: number[]) => variable(mul(R(shape), 0));
    const parameters = [[5, 3], [7]].map((shape, i) => ({
      variable: variable(R(shape, i)),
      m: zeros(shape),
      v: zeros(shape),
      gradient: R(shape, i + 5),
      decay: i === 0,
    }));
    const options = { learningRate: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 };
    adamUpdate({ parameters, step: 1, ...options });
    const kept = clone(parameters[0]?.variable as Variable);
    for (const step of [2, 3]) adamUpdate({ parameters, step, ...options });
    const all = parameters.flatMap((p) => [p.variable, p.m, p.v]);
    const answers = all.map((x) => clone(x));
    for (const x of all) x.dispose();
    return [...answers, kept];
  }
  test("adamUpdate, beside a clone that keeps the old values", () => agree(optimise, "adam"));

  test("adamUpdate writes in place once the variable owns its buffer", async () => {
    await setBackend(`attn-${name}`);
    const make = (scale: number) => tidy(() => variable(mul(R([16]), scale)));
    const [w, m, v] = [make(1), make(0), make(0)];
    const gradient = R([16], 2);
    const parameters = [{ variable: w, m, v, gradient, decay: false }];
    const options = { learningRate: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 };
    // The variables still hold arrays from outside; the first step may copy them.
    adamUpdate({ parameters, step: 1, ...options });
    const before = w.dataId;
    const held = w.dataSync();
    const shown = held[0];
    adamUpdate({ parameters, step: 2, ...options });
    expect(w.dataId).toBe(before);
    expect(held[0]).toBe(shown);
    expect(w.dataSync()[0]).not.toBe(shown);
    for (const x of [w, m, v, gradient]) x.dispose();
  });

  test("adamUpdate leaves alone the array that a variable was made from", async () => {
    await setBackend(`attn-${name}`);
    const mine = Float32Array.of(1, 2, 3);
    const w = tidy(() => variable(tensor1d(mine)));
    const [m, v] = [tidy(() => variable(mul(w, 0))), tidy(() => variable(mul(w, 0)))];
    const gradient = tensor1d([1, 1, 1]);
    const options = { step: 1, learningRate: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 };
    adamUpdate({ parameters: [{ variable: w, m, v, gradient, decay: false }], ...options });
    expect(Array.from(mine)).toEqual([1, 2, 3]);
    expect(w.dataSync()[0]).toBeCloseTo(0.9);
    for (const x of [w, m, v, gradient]) x.dispose();
  });

  test("a call that the engine refuses leaves nothing behind", async () => {
    await setBackend(`attn-${name}`);
    const logits = R<Tensor2D>([2, 3]);
    const labels = tensor1d([0, 3], "int32");
    const before = backend().numDataIds();
    expect(() => softmaxCrossEntropy(logits, labels)).toThrow("labels must be below 3, got 3");
    expect(backend().numDataIds()).toBe(before);
    logits.dispose();
    labels.dispose();
  });
});
