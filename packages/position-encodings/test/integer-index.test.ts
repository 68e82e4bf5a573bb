import { normalValues } from "@attention-lab/tensors";
import { setBackend, tensor, type Tensor3D, tidy } from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { index, type IndexUnit } from "../src/index.ts";

const site = { dModel: 8, heads: 2, headDim: 4, maxLength: 20, seed: 3 };
const embedded = (unit: IndexUnit, x: Tensor3D, start: number) =>
  tidy(() => index({ unit }).build(site).embed?.(x, start) as Tensor3D).dataSync();

const largest = (got: ArrayLike<number>, want: ArrayLike<number>) =>
  Math.max(...Array.from(want, (value, i) => Math.abs((got[i] ?? NaN) - value)));

test("adds the position to the first channel and to no other", async () => {
  await setBackend("cpu");
  const values = normalValues(1, 2 * 3 * 8);
  const x = tensor(values, [2, 3, 8]) as Tensor3D;
  const want = (divisor: number) =>
    Array.from(values, (value, i) => value + (i % 8 === 0 ? (4 + (Math.floor(i / 8) % 3)) / divisor : 0));
  expect(largest(embedded("integer", x, 4), want(1))).toBeLessThan(1e-6);
  expect(largest(embedded("fraction", x, 4), want(20))).toBeLessThan(1e-6);
});
