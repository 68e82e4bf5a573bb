import { memory, setBackend, tensor, variable } from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { Adam, adam, adamW, clipByGlobalNorm, globalNorm } from "@attention-lab/training";
import { goldenCase } from "./golden.ts";
import { expectGoldenSteps } from "./golden-steps.ts";

beforeAll(async () => {
  await setBackend("cpu");
});

const cases = [
  ["adam_20", {}],
  ["adam_20_large_eps", { epsilon: 0.01 }],
  ["adam_20_noam_betas_l2", { beta2: 0.98, epsilon: 1e-9, weightDecay: 0.1, decayKind: "l2" }],
  ["adamw_20", { weightDecay: 0.1 }],
  ["adamw_20_clip", { weightDecay: 0.01 }],
] as const;

test.each(cases)("%s: 20 steps equal PyTorch's", (id, options) =>
  expectGoldenSteps(id, (variables) => new Adam(variables, options), 0.05),
);

test("vectors are not decayed, and an absent gradient leaves a variable as it is", async () => {
  const [bias, frozen] = [variable(tensor([1, 2])), variable(tensor([[3, 4]]))];
  const optimizer = adamW({ weightDecay: 0.5 })([bias, frozen]);
  const zero = tensor([0, 0]);
  optimizer.update([zero, undefined], 0.1);
  expect([...(await bias.data())]).toEqual([1, 2]);
  expect([...(await frozen.data())]).toEqual([3, 4]);
});

test("betas out of range are one sentence", () => {
  expect(() => new Adam([], { beta1: 1 })).toThrow("adamw: beta1 must lie in [0, 1), got 1");
  expect(() => adam({ beta2: -1 })([])).toThrow("adam: beta2 must lie in [0, 1), got -1");
  expect(() => adamW({ epsilon: 0 })([])).toThrow("adamw: epsilon must be a positive number, got 0");
});

test("gradients are clipped by their global norm as PyTorch clips them", async () => {
  const { expected } = goldenCase("clip_global_norm");
  const shapes = { g0: [3, 4], g1: [5], g2: [2, 2] };
  const gradients = Object.entries(shapes).map(([name, shape]) => tensor(expected(name), shape));
  const before = memory().numTensors;
  const norm = globalNorm(gradients);
  expect((await norm.data())[0]).toBeCloseTo(expected("norm")[0] as number, 5);
  norm.dispose();
  for (const limit of ["0.5", "1.0", "100.0"]) {
    const clipped = clipByGlobalNorm(gradients, Number(limit));
    for (const [i, name] of Object.keys(shapes).entries()) {
      const want = expected(`clipped_${limit}.${name}`);
      for (const [j, got] of ((await clipped[i]?.data()) ?? []).entries())
        expect(got).toBeCloseTo(want[j] as number, 5);
      clipped[i]?.dispose();
    }
  }
  expect(memory().numTensors).toBe(before);
});
