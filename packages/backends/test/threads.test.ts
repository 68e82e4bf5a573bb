import { layerNorm, linear, patternAttention, softmaxCrossEntropy } from "@attention-lab/ops";
import { randomNormal } from "@attention-lab/tensors";
import {
  grads,
  reshape,
  setBackend,
  softmax,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tensor1d,
  tidy,
} from "@tensorflow/tfjs-core";
import { afterAll, expect, test } from "vitest";
import { useBackend } from "../src/index.ts";
import { engineNames } from "./engines.ts";

afterAll(() => setBackend("cpu"));

/** Loss and gradients of a small network, large enough that its products are split among threads. */
function step(): number[][] {
  const R = (shape: number[], seed: number): Tensor => randomNormal(seed, shape);
  const labels = Int32Array.from({ length: 512 }, (_, i) => (i * 7) % 96);
  const loss = (x: Tensor, w: Tensor, gamma: Tensor, beta: Tensor): Tensor => {
    const hidden = linear(layerNorm(x, gamma as Tensor1D, beta as Tensor1D, 1e-5), w as Tensor2D, undefined, {
      activation: "geluErf",
    });
    const q = reshape(hidden, [2, 2, 256, 48]) as Tensor4D;
    const window = { before: 60, after: 10, dilation: 1 };
    const out = patternAttention({ q, k: q, v: q }, { pattern: { causal: false, window }, scale: 0.1, queryOffset: 0 });
    const logits = reshape(out, [512, 96]) as Tensor2D;
    return sum(softmaxCrossEntropy(softmax(logits), tensor1d(labels, "int32")));
  };
  return tidy(() => {
    const inputs = [R([512, 128], 1), R([128, 96], 2), R([128], 3), R([128], 4)];
    return [loss(...(inputs as [Tensor, Tensor, Tensor, Tensor])), ...grads(loss)(inputs)].map((x) =>
      Array.from(x.dataSync()),
    );
  });
}

test.each(engineNames)("%s: one and two threads give the same bits", async (name) => {
  await useBackend(name, { threads: 1 });
  const one = step();
  await useBackend(name, { threads: 2 });
  expect(step()).toEqual(one);
  expect(one.flat().every(Number.isFinite)).toBe(true);
});
