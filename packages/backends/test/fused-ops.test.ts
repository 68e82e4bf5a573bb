import {
  adamUpdate,
  type AttentionInputs,
  type AttentionOptions,
  dropout,
  featureAttention,
  gelu,
  layerNorm,
  linear,
  type Pattern,
  patternAttention,
  softmaxCrossEntropy,
} from "@attention-lab/ops";
import { randomNormal, randomUniform } from "@attention-lab/tensors";
import {
  abs,
  add,
  backend,
  clone,
  grads,
  mul,
  setBackend,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tensor1d,
  tensor2d,
  tidy,
  variable,
  type Variable,
} from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { peakBytes } from "../src/index.ts";
import { comparison, engineNames } from "./engines.ts";

const R = <T extends Tensor>(shape: number[], seed = 1): T => randomNormal(seed, shape) as T;

/** The value, then the gradients of a weighted sum of it. */
function valueAndGradients(f: (...x: Tensor[]) => Tensor, inputs: Tensor[]): Tensor[] {
  const value = f(...inputs);
  return [value, ...grads((...x: Tensor[]) => sum(mul(f(...x), R(value.shape, 99))))(inputs)];
}

interface AttentionCase {
  readonly name: string;
  readonly sizes: readonly [batch: number, heads: number, kvHeads: number, n: number, m: number, d: number, dv: number];
  readonly pattern: Pattern;
  readonly queryOffset?: number;
  readonly globals?: number[][];
  readonly padding?: boolean;
  readonly bias?: boolean;
}

const whole: Pattern = { causal: false };
const causal: Pattern = { causal: true };
const window = (before: number, after: number, dilation: number | number[] = 1, isCausal = false): Pattern => ({
  causal: isCausal,
  window: { before, after, dilation },
});

const attentionCases: AttentionCase[] = [
  { name: "full", sizes: [2, 3, 3, 37, 37, 16, 16], pattern: whole },
  { name: "one position", sizes: [1, 1, 1, 1, 1, 4, 4], pattern: whole },
  { name: "several tiles", sizes: [1, 2, 2, 150, 150, 64, 64], pattern: whole },
  { name: "odd widths", sizes: [1, 2, 2, 33, 29, 13, 7], pattern: whole },
  { name: "causal", sizes: [1, 2, 2, 130, 130, 32, 32], pattern: causal },
  { name: "causal behind a cache", sizes: [1, 2, 2, 5, 70, 16, 16], pattern: causal, queryOffset: 65 },
  { name: "grouped heads", sizes: [2, 4, 2, 40, 50, 16, 24], pattern: whole },
  { name: "one key-value head", sizes: [1, 4, 1, 40, 40, 16, 16], pattern: causal },
  { name: "key padding", sizes: [3, 2, 2, 40, 45, 16, 16], pattern: whole, padding: true },
  { name: "bias by offset", sizes: [2, 3, 3, 40, 45, 16, 16], pattern: whole, bias: true },
  { name: "causal bias and padding", sizes: [2, 3, 3, 70, 70, 16, 16], pattern: causal, bias: true, padding: true },
  { name: "window", sizes: [1, 2, 2, 200, 200, 16, 16], pattern: window(20, 9) },
  { name: "causal window", sizes: [1, 2, 2, 200, 200, 16, 16], pattern: window(30, 0, 1, true) },
  { name: "dilation per head", sizes: [1, 2, 2, 150, 150, 16, 16], pattern: window(6, 6, [1, 3]) },
  { name: "globals", sizes: [2, 2, 2, 150, 150, 16, 16], pattern: window(8, 8), globals: [[0, 140], [3]] },
  {
    name: "causal globals, padding",
    sizes: [2, 2, 1, 150, 150, 16, 16],
    pattern: window(8, 0, 2, true),
    globals: [[0], []],
    padding: true,
  },
  { name: "a window beyond the keys", sizes: [1, 1, 1, 60, 20, 8, 8], pattern: window(2, 2) },
];

/** Row 0 has every key, the last row has none at all, the rows between lose their last keys. */
function paddingOf(batch: number, keys: number): Tensor2D {
  const visible = (row: number) => (row === batch - 1 && batch > 2 ? 0 : keys - 3 * row);
  return tensor2d(
    Array.from({ length: batch }, (_, b) => Array.from({ length: keys }, (_, j) => (j < visible(b) ? 1 : 0))),
  );
}

function attend(one: AttentionCase): Tensor[] {
  const [batch, heads, kvHeads, n, m, d, dv] = one.sizes;
  const options: AttentionOptions = {
    pattern: one.pattern,
    scale: d ** -0.5,
    queryOffset: one.queryOffset ?? 0,
    globals: one.globals,
  };
  const keyPadding = one.padding === true ? paddingOf(batch, m) : undefined;
  const inputs = [R([batch, heads, n, d]), R([batch, kvHeads, m, d], 2), R([batch, kvHeads, m, dv], 3)];
  if (one.bias === true) inputs.push(R([heads, n + m - 1], 4));
  return valueAndGradients((...x) => {
    const [q, k, v] = x as [Tensor4D, Tensor4D, Tensor4D];
    const named: AttentionInputs = { q, k, v, keyPadding, bias: x[3] as Tensor2D | undefined };
    return patternAttention(named, options);
  }, inputs);
}

describe.each(engineNames)("fused ops on the %s engine equal their compositions", (name) => {
  const { agree, start, stop } = comparison(name, 1e-4);
  beforeAll(start);
  afterAll(stop);

  test.each(attentionCases)("pattern attention: $name", (one) => agree(() => attend(one), "attentionGradient"));

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

  test("fused attention allocates its outputs and nothing else", async () => {
    await setBackend(`attn-${name}`);
    const [batch, heads, n, d] = [1, 2, 300, 16];
    const q = R<Tensor4D>([batch, heads, n, d]);
    const peak = peakBytes();
    peak.reset();
    const options = { pattern: window(10, 10), scale: 1, queryOffset: 0 };
    patternAttention({ q, k: q, v: q }, options).dispose();
    expect(peak.read()).toBe(4 * (heads * n * d + heads * n));
    q.dispose();
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
