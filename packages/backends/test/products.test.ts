import { randomNormal } from "@attention-lab/tensors";
import {
  add,
  addN,
  fused,
  grad,
  grads,
  logSoftmax,
  matMul,
  max,
  mean,
  mul,
  softmax,
  sum,
  type Tensor,
  tensor,
} from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, test } from "vitest";
import { comparison, engineNames } from "./engines.ts";

type Unary = (x: Tensor) => Tensor;
const R = (shape: number[], seed = 1): Tensor => randomNormal(seed, shape);

describe.each(engineNames)("products, softmax and reductions on the %s engine", (name) => {
  const { agree, start, stop } = comparison(name);
  beforeAll(start);
  afterAll(stop);

  const axes: (number[] | undefined)[] = [[-1], [0], undefined, [0, 1], [1]];
  test.each([
    [4, 7],
    [3, 5, 33],
    [2, 2, 3, 100],
  ])("sum, mean and max of [%j...]", async (...shape) => {
    for (const axis of axes) {
      for (const keepDims of [false, true]) {
        const trailing = axis === undefined || axis[0] === -1 || (axis.at(-1) ?? 0) === shape.length - 1;
        await agree(() => sum(R(shape), axis, keepDims), trailing ? "reduceRows" : "reduceColumns");
        await agree(() => mean(R(shape), axis, keepDims), trailing ? "reduceRows" : "reduceColumns");
        await agree(() => max(R(shape), axis, keepDims), trailing ? "reduceRows" : "stock");
      }
    }
  });
  test("axes that are not neighbours, and integers, go to the stock kernel", async () => {
    await agree(() => sum(R([3, 4, 5]), [0, 2]), "stock");
    await agree(() => sum(tensor([1, 2, 3], [3], "int32")), "stock");
    await agree(() => add(tensor([1, 2, 3], [3], "int32"), tensor([4], [1], "int32")), "stock");
    await agree(() => sum(R([0, 4]), 0), "stock");
  });

  test.each([[[4, 7]], [[3, 5, 33]], [[500]]])("softmax and logSoftmax of %j", async (shape) => {
    const weighted = (f: Unary) => () => grad((x: Tensor) => mul(f(x), R(shape, 5)))(R(shape));
    await agree(() => softmax(R(shape)), "softmax");
    await agree(
      weighted((x) => softmax(x)),
      "softmax",
    );
    await agree(
      weighted((x) => logSoftmax(x)),
      "reduceRows",
    );
  });

  const products: [number[], number[], boolean, boolean][] = [
    [[5, 7], [7, 9], false, false],
    [[7, 5], [7, 9], true, false],
    [[5, 7], [9, 7], false, true],
    [[7, 5], [9, 7], true, true],
    [[1, 7], [7, 1], false, false],
    [[2, 3, 5, 7], [2, 3, 7, 4], false, false],
    [[2, 3, 7, 5], [2, 3, 4, 7], true, true],
    [[3, 5, 7], [1, 7, 4], false, false],
    [[3, 7, 5], [1, 7, 4], true, false],
    [[1, 5, 7], [3, 7, 4], false, false],
    [[5, 7], [3, 7, 4], false, false],
    [[100, 256], [256, 80], false, false],
    [[67, 130], [130, 129], false, false],
  ];
  test.each(products)("matMul of %j and %j, transposed %j %j", async (a, b, ta, tb) => {
    await agree(() => matMul(R(a), R(b, 2), ta, tb), "gemm");
    const sameBatch = a.slice(0, -2).join() === b.slice(0, -2).join(); // tfjs has no gradient for a broadcast batch
    if (sameBatch) await agree(() => grads((x: Tensor, y: Tensor) => matMul(x, y, ta, tb))([R(a), R(b, 2)]), "gemm");
  });
  test.each(["linear", "relu"] as const)(
    "fused matMul with %s runs on the engine, also its gradient",
    async (activation) => {
      const f = (a: Tensor, b: Tensor, bias: Tensor) => fused.matMul({ a, b, bias, activation });
      await agree(() => f(R([5, 7]), R([7, 9], 2), R([9], 3)), "gemm");
      await agree(() => grads(f)([R([5, 7]), R([7, 9], 2), R([9], 3)]), "gemm");
    },
  );
  test("fused matMul with another activation or a full bias goes to the stock kernel", async () => {
    const [a, b] = [() => R([5, 7]), () => R([7, 9], 2)];
    await agree(() => fused.matMul({ a: a(), b: b(), bias: R([9], 3), activation: "sigmoid" }), "stock");
    await agree(() => fused.matMul({ a: a(), b: b(), bias: R([5, 9], 3) }), "stock");
  });

  test("addN", () => agree(() => addN([R([3, 5]), R([3, 5], 2), R([3, 5], 3)]), "accumulate"));
});
