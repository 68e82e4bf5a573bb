import {
  add,
  grads,
  memory,
  mul,
  reshape,
  type Scalar,
  setBackend,
  sum,
  tanh,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
} from "@tensorflow/tfjs-core";
import { randomNormal, scope } from "@attention-lab/tensors";
import { beforeAll, expect, test } from "vitest";
import { additiveScores, chunkOf } from "../src/additive-scores.ts";

beforeAll(async () => void (await setBackend("cpu")));

test("scores made by chunks of queries, and their gradients, equal those of the whole hidden layer", () => {
  const [heads, batch, queries, keys, units] = [2, 1, 23, 257, 128];
  const most = chunkOf(heads * batch, keys, units);
  expect(most).toBeLessThan(queries);
  expect(queries % most).toBeGreaterThan(0); // the last chunk is shorter
  const before = memory().numTensors;
  const inputs = [
    randomNormal(1, [heads, batch, queries, units]),
    randomNormal(2, [heads, batch, keys, units]),
    randomNormal(3, [heads, units]),
  ];
  const cotangent = randomNormal(4, [heads, batch, queries, keys]);
  const whole = (q: Tensor, k: Tensor, v: Tensor) => {
    const pairs = add(reshape(q, [heads * batch, queries, 1, units]), reshape(k, [heads * batch, 1, keys, units]));
    return reshape(sum(mul(tanh(pairs), reshape(v, [heads, 1, 1, units])), -1), [heads, batch, queries, keys]);
  };
  const chunked = (q: Tensor, k: Tensor, v: Tensor) => additiveScores(q as Tensor4D, k as Tensor4D, v as Tensor2D);
  const [got, want] = [chunked, whole].map((scores) =>
    scope("both", () => {
      const loss = (q: Tensor, k: Tensor, v: Tensor) => sum(mul(scores(q, k, v), cotangent)) as Scalar;
      return [scores(...(inputs as [Tensor, Tensor, Tensor])), ...grads(loss)(inputs)];
    }),
  ) as [Tensor[], Tensor[]];
  for (const [i, each] of want.entries()) {
    const ours = got[i]?.dataSync() ?? [];
    const theirs = each.dataSync() as Float32Array;
    const largest = theirs.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    expect(Math.max(...theirs.map((x, j) => Math.abs(x - (ours[j] ?? Number.NaN))))).toBeLessThan(1e-5 * largest);
  }
  for (const each of [...got, ...want, ...inputs, cotangent]) each.dispose();
  expect(memory().numTensors).toBe(before);
});
