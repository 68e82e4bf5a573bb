import {
  type Scalar,
  type Tensor2D,
  type Variable,
  add,
  grads,
  matMul,
  memory,
  mul,
  relu,
  scalar,
  setBackend,
  square,
  sub,
  sum,
  tensor2d,
  tidy,
  variable,
} from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { randomNormal, valueAndGradients } from "../src/index.ts";

beforeAll(async () => {
  await setBackend("cpu");
});

const owned = (seed: number, shape: [number, number]): Variable => {
  const initial = randomNormal(seed, shape);
  const held = variable(initial);
  initial.dispose();
  return held;
};

test("equals TensorFlow.js's own gradients where tensors are used more than once", async () => {
  const [w, u] = [owned(1, [3, 4]), owned(2, [4, 3])];
  const x = tensor2d([1, -2, 3, 0.5, 4, -1], [2, 3]);
  const loss = (a: Tensor2D, b: Tensor2D) =>
    tidy(() => {
      const hidden = relu(matMul(x, a));
      const out = add(matMul(hidden, b), mul(matMul(x, a), matMul(x, a)).sum());
      return sum(square(sub(out, x))) as Scalar;
    });
  const before = memory().numTensors;
  const { value, gradients } = valueAndGradients(
    () => loss(w as unknown as Tensor2D, u as unknown as Tensor2D),
    [w, u],
  );
  const want = grads((a, b) => loss(a as Tensor2D, b as Tensor2D))([w, u]);
  expect((await value.data())[0]).toBeCloseTo(
    (await loss(w as unknown as Tensor2D, u as unknown as Tensor2D).data())[0] as number,
    4,
  );
  for (const [i, expected] of want.entries()) {
    const got = await gradients[i]?.data();
    for (const [j, number] of (await expected.data()).entries()) expect(got?.[j]).toBeCloseTo(number, 3);
    expected.dispose();
    gradients[i]?.dispose();
  }
  value.dispose();
  expect(memory().numTensors).toBeLessThanOrEqual(before + 1); // the loss evaluated above for comparison
  for (const held of [w, u, x]) held.dispose();
});

test("a variable that the loss does not use has no gradient, and nothing leaks", () => {
  const [used, unused] = [owned(3, [2, 2]), owned(4, [2, 2])];
  const before = memory().numTensors;
  const { value, gradients } = valueAndGradients(() => sum(square(used)) as Scalar, [used, unused]);
  expect(gradients[0]?.shape).toEqual([2, 2]);
  expect(gradients[1]).toBeUndefined();
  value.dispose();
  gradients[0]?.dispose();
  expect(memory().numTensors).toBe(before);
});

test("a loss that throws frees what it had saved and leaves the tape usable", () => {
  const w = owned(5, [2, 2]);
  const before = memory().numTensors;
  expect(() =>
    valueAndGradients(() => {
      square(mul(w, w));
      throw new Error("no loss today");
    }, [w]),
  ).toThrow("no loss today");
  expect(memory().numTensors).toBe(before);
  const { value, gradients } = valueAndGradients(() => sum(w) as Scalar, [w]);
  value.dispose();
  gradients[0]?.dispose();
  expect(memory().numTensors).toBe(before);
});

test("a loss that is not a scalar is refused in one sentence", () => {
  const w = owned(6, [2, 2]);
  expect(() => valueAndGradients(() => square(w) as unknown as Scalar, [w])).toThrow(
    "without a cotangent the value must be a scalar, got rank 2",
  );
  expect(() => valueAndGradients(() => scalar(1), [w])).not.toThrow();
});

test("a cotangent takes the place of a loss, and is left alone", async () => {
  const w = owned(7, [2, 3]);
  const cotangent = randomNormal(8, [2, 3]);
  const before = memory().numTensors;
  const { value, gradients } = valueAndGradients(() => square(w), [w], cotangent);
  const [weights, factors] = [await w.data(), await cotangent.data()];
  for (const [i, got] of ((await gradients[0]?.data()) ?? []).entries()) {
    expect(got).toBeCloseTo(2 * (weights[i] as number) * (factors[i] as number), 5);
  }
  value.dispose();
  gradients[0]?.dispose();
  expect(memory().numTensors).toBe(before);
});
