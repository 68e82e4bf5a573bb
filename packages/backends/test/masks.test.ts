import { randomNormal } from "@attention-lab/tensors";
import {
  add,
  broadcastTo,
  cast,
  equal,
  grad,
  greater,
  greaterEqual,
  less,
  lessEqual,
  logicalAnd,
  logicalOr,
  mul,
  notEqual,
  reshape,
  reverse,
  setBackend,
  square,
  type Tensor,
  tensor,
  tensor1d,
  tile,
  where,
} from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { comparison, engineNames } from "./engines.ts";

const R = (shape: number[], seed = 1): Tensor => randomNormal(seed, shape);

describe.each(engineNames)("masks, casts and integers on the %s engine", (name) => {
  const { agree, start, stop } = comparison(name);
  beforeAll(start);
  afterAll(stop);

  const ids = (...values: number[]) => tensor(values, [values.length], "int32");
  test.each([
    [[5, 33], [33]],
    [
      [2, 1, 4],
      [1, 3, 4],
    ],
    [[], [4, 4]],
    [[7], [7]],
  ])("masks of %j and %j", async (a, b) => {
    const A = () => cast(mul(R(a), 2), "int32");
    const B = () => cast(mul(R(b, 2), 2), "int32");
    for (const compare of [equal, notEqual, greater, greaterEqual, less, lessEqual]) {
      await agree(() => compare(A(), B()), "binary"); // of the product before the cast
      await agree(() => compare(R(a), R(b, 2)), "stock");
    }
    const mask = (shape: number[], seed: number) => greater(R(shape, seed), 0);
    for (const join of [logicalAnd, logicalOr]) await agree(() => join(mask(a, 1), mask(b, 2)), "stock");
  });
  test("where, with a repeated condition or branch, and its gradient", async () => {
    const mask = (shape: number[]) => greater(R(shape, 9), 0);
    await agree(() => where(mask([3, 5]), R([3, 5]), R([3, 5], 2)), "stock");
    await agree(() => where(mask([3, 1, 5]), R([2, 5]), -7), "permute");
    await agree(() => grad((x: Tensor) => square(where(mask([3, 5]), x, 1)))(R([3, 5])), "binary");
  });
  test("a cast mask or integer is a float tensor of its own, and the mask stays a mask", async () => {
    const both = () => {
      const mask = greater(R([3, 5]), 0);
      const product = mul(cast(mask, "float32"), R([3, 5], 2));
      return [product, mask, cast(mask, "int32"), add(cast(ids(3, 16_777_217), "float32"), 0)];
    };
    await agree(both, "binary");
  });
  test("masks and integers are tiled, reversed and broadcast", async () => {
    await agree(() => tile(greater(R([3, 4]), 0), [2, 3]), "stock");
    await agree(() => broadcastTo(reshape(ids(1, 2, 3), [3, 1]), [2, 3, 4]), "stock");
    await agree(() => reverse(R([3, 4, 5]), [0, 2]), "permute");
    await agree(() => reverse(R([7])), "permute");
  });

  test("a float tensor that shares the bytes of integers, cast elsewhere, computes and leaves the integers exact", async () => {
    await setBackend("cpu");
    const whole = tensor1d([3, 16_777_217], "int32"); // 2^24 + 1 is no float32
    const x = cast(whole, "float32");
    await setBackend(`attn-${name}`);
    const y = add(x, 1);
    expect(Array.from(y.dataSync())).toEqual([4, 16_777_216]);
    expect(Array.from(whole.dataSync())).toEqual([3, 16_777_217]);
    for (const made of [x, y, whole]) made.dispose();
  });
});
