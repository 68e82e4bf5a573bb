import { randomNormal } from "@attention-lab/tensors";
import {
  abs,
  add,
  cos,
  div,
  erf,
  exp,
  grad,
  grads,
  log,
  maximum,
  minimum,
  mul,
  neg,
  reciprocal,
  relu,
  rsqrt,
  sigmoid,
  sin,
  sqrt,
  square,
  squaredDifference,
  step,
  sub,
  tanh,
  type Tensor,
} from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, test } from "vitest";
import { comparison, engineNames } from "./engines.ts";

type Unary = (x: Tensor) => Tensor;
type Binary = (a: Tensor, b: Tensor) => Tensor;
const R = (shape: number[], seed = 1): Tensor => randomNormal(seed, shape);
/** Away from 0, for logarithms and denominators. */
const P = (shape: number[], seed = 1): Tensor => add(abs(R(shape, seed)), 0.1);
const pairs: [number[], number[]][] = [
  [
    [3, 70],
    [3, 70],
  ],
  [[5, 33], [33]],
  [[33], [5, 33]],
  [
    [5, 33],
    [5, 1],
  ],
  [
    [2, 3, 20],
    [2, 1, 1],
  ],
  [[2, 3, 20], []],
  [[], [4, 4]],
  [[], []],
  [
    [4, 1],
    [1, 5],
  ],
  [
    [2, 3, 40],
    [1, 3, 1],
  ],
  [
    [2, 1, 4],
    [1, 3, 4],
  ],
  [
    [2, 3, 5, 4],
    [2, 1, 1, 4],
  ],
  [
    [2, 3, 1, 4],
    [3, 5, 1],
  ],
  [[1, 1], [1]],
  [[1, 7], [7]],
  [[40, 300], [300]],
];

describe.each(engineNames)("elementwise kernels on the %s engine", (name) => {
  const { agree, start, stop } = comparison(name);
  beforeAll(start);
  afterAll(stop);

  describe.each(pairs)("elementwise on %j and %j", (a, b) => {
    const smooth: [string, Binary][] = Object.entries({ add, sub, mul, div });
    test.each(smooth)("%s and its gradients", async (op, f) => {
      const inputs = () => [R(a), op === "div" ? P(b, 2) : R(b, 2)] as const;
      await agree(() => f(...inputs()), "binary");
      await agree(() => grads(f)([...inputs()]), "binary");
    });
    const plain: [string, Binary][] = Object.entries({ maximum, minimum, squaredDifference });
    test.each(plain)("%s", (_op, f) => agree(() => f(R(a), R(b, 2)), "binary"));
  });

  const unaries: [string, Unary][] = Object.entries({
    relu,
    exp,
    square,
    neg,
    tanh,
    sigmoid,
    erf,
    abs,
    sin,
    cos,
    step: (x: Tensor) => step(x, 0.25),
    log: (x: Tensor) => log(P(x.shape)),
    sqrt: (x: Tensor) => sqrt(P(x.shape)),
    rsqrt: (x: Tensor) => rsqrt(P(x.shape)),
    reciprocal: (x: Tensor) => reciprocal(P(x.shape)),
  });
  test.each(unaries)("%s", async (_op, f) => {
    for (const shape of [[], [3], [17, 31], [4001]]) await agree(() => f(R(shape, 3)), "unary");
  });
  const differentiable: [string, Unary][] = Object.entries({
    relu,
    exp,
    square,
    neg,
    tanh,
    sigmoid,
    erf,
    abs,
    sin,
    cos,
  });
  test.each(differentiable)("gradient of %s", (_op, f) => agree(() => grad(f)(R([17, 31], 3)), "unary"));
  test("gradients of log, sqrt and rsqrt", async () => {
    for (const f of [log, sqrt, rsqrt]) await agree(() => grad((x: Tensor) => f(x))(P([17, 31], 3)), "binary");
  });
});
