import { memory, tensor, variable } from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import type { MakeOptimizer } from "@attention-lab/training";
import { goldenCase } from "./golden.ts";

/**
 * Takes 20 steps from PyTorch's first weights with PyTorch's own gradients, expects its weights after each, and that nothing is left. The weight
 * [1, 4] has rank 2, so that decay applies to it.
 */
export async function expectGoldenSteps(id: string, makeOptimizer: MakeOptimizer, learningRate: number): Promise<void> {
  const { expected } = goldenCase(id);
  const [weights, gradients] = [expected("w"), expected("gradient_used")];
  const before = memory().numTensors;
  const start = tensor(weights.slice(0, 4), [1, 4]);
  const w = variable(start);
  start.dispose();
  const optimizer = makeOptimizer([w]);
  for (let step = 0; step < 20; step++) {
    const gradient = tensor(gradients.slice(step * 4, step * 4 + 4), [1, 4]);
    optimizer.update([gradient], learningRate);
    gradient.dispose();
    for (const [i, got] of (await w.data()).entries()) {
      const want = weights[(step + 1) * 4 + i] as number;
      expect(Math.abs(got - want)).toBeLessThanOrEqual(1e-4 + 1e-4 * Math.abs(want));
    }
  }
  optimizer.dispose();
  w.dispose();
  expect(memory().numTensors).toBe(before);
}
