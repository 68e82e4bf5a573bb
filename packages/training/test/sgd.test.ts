import { setBackend, tensor, variable } from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { sgd } from "@attention-lab/training";
import { expectGoldenSteps } from "./golden-steps.ts";

beforeAll(async () => {
  await setBackend("cpu");
});

const weight = (values: number[], shape: number[]) => {
  const start = tensor(values, shape);
  const held = variable(start);
  start.dispose();
  return held;
};

test("20 steps with momentum equal PyTorch's, and leak nothing", () =>
  expectGoldenSteps("sgd_20_momentum_clip", sgd({ momentum: 0.9 }), 0.02));

test("two steps by hand: Nesterov's look ahead, decay of a matrix and not of a vector", async () => {
  const [matrix, vector, frozen] = [weight([1], [1, 1]), weight([1], [1]), weight([5], [1, 1])];
  const optimizer = sgd({ momentum: 0.5, nesterov: true, weightDecay: 0.1 })([matrix, vector, frozen]);
  const gradient = (rank: number) =>
    tensor(
      [2],
      Array.from({ length: rank }, () => 1),
    );
  optimizer.update([gradient(2), gradient(1), undefined], 0.1);
  // velocity = g = 2.1 and 2; step = g + 0.5 velocity
  expect((await matrix.data())[0]).toBeCloseTo(1 - 0.1 * (2.1 + 0.5 * 2.1), 6);
  expect((await vector.data())[0]).toBeCloseTo(1 - 0.1 * (2 + 0.5 * 2), 6);
  optimizer.update([undefined, gradient(1), undefined], 0.1);
  expect((await vector.data())[0]).toBeCloseTo(0.7 - 0.1 * (2 + 0.5 * (0.5 * 2 + 2)), 6);
  expect((await frozen.data())[0]).toBe(5);
  expect(optimizer.steps).toBe(2);
});

test("options out of range are one sentence", () => {
  expect(() => sgd({ momentum: 1 })([])).toThrow("sgd: momentum must lie in [0, 1), got 1");
  expect(() => sgd({ nesterov: true })([])).toThrow("sgd: nesterov needs a momentum above 0, got 0");
  expect(() => sgd({ weightDecay: -1 })([])).toThrow("sgd: weightDecay must be a number of at least 0, got -1");
});
