import { randomNormal } from "@attention-lab/tensors";
import {
  broadcastTo,
  concat,
  gather,
  grad,
  mul,
  pad,
  slice,
  split,
  square,
  stack,
  type Tensor,
  tensor,
  tile,
  transpose,
  unsortedSegmentSum,
  unstack,
  zerosLike,
} from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { comparison, engineNames } from "./engines.ts";

const R = (shape: number[], seed = 1): Tensor => randomNormal(seed, shape);

describe.each(engineNames)("layout and lookup on the %s engine", (name) => {
  const { agree, start, stop } = comparison(name);
  beforeAll(start);
  afterAll(stop);

  const ids = (...values: number[]) => tensor(values, [values.length], "int32");
  test.each([[[0, 2, 1, 3]], [[3, 2, 1, 0]], [[1, 0, 2, 3]], [[0, 1, 3, 2]]])("transpose %j", (perm) =>
    agree(() => transpose(R([2, 3, 5, 7]), perm), "permute"),
  );
  test("transposes of rank 2, 5 and 6", async () => {
    await agree(() => transpose(R([33, 70])), "permute");
    await agree(() => transpose(R([2, 3, 2, 5, 3]), [4, 2, 0, 3, 1]), "permute");
    await agree(() => transpose(R([2, 3, 2, 2, 3, 2]), [5, 3, 1, 4, 2, 0]), "permute");
  });
  test("a transpose that moves axes of length 1 alone copies nothing", async () => {
    await agree(() => transpose(R([2, 1, 5, 7]), [0, 2, 1, 3]), "stock");
    await agree(() => grad((x: Tensor) => transpose(x, [1, 0, 2]))(R([1, 4, 3])), "stock");
    await agree(() => transpose(R([2, 1, 5]), [2, 1, 0]), "permute");
  });
  test.each([
    [
      [1, 0],
      [2, -1],
    ],
    [
      [0, 2],
      [4, 3],
    ],
    [
      [0, 0],
      [4, 6],
    ],
    [
      [3, 1],
      [1, 1],
    ],
  ])("slice from %j of %j", async (begin, size) => {
    await agree(() => slice(R([4, 6]), begin, size), "permute");
    await agree(() => grad((x: Tensor) => square(slice(x, begin, size)))(R([4, 6])), "permute");
  });
  test.each([0, 1, 2, -1])("split, concat, stack and unstack along %j", async (axis) => {
    const shape = [4, 6, 8];
    await agree(() => split(R(shape), 2, axis), "permute");
    await agree(() => split(R(shape), [1, (shape.at(axis) ?? 0) - 1], axis), "permute");
    await agree(() => concat([R(shape), R(shape, 2), R(shape, 3)], axis), "permute");
    await agree(() => stack([R(shape), R(shape, 2)], axis), "permute");
    await agree(() => unstack(R(shape), axis), "permute");
    const product = (x: Tensor) => split(x, 2, axis).reduce((a, b) => mul(a, b));
    await agree(() => grad(product)(R(shape)), "permute");
  });
  test("zerosLike clears the recycled buffer that it gets", async () => {
    const x = R([64, 64]);
    const used = mul(x, x);
    used.dispose();
    const zeros = zerosLike(x);
    expect([...(await zeros.data())].every((value) => value === 0)).toBe(true);
    for (const made of [x, zeros]) made.dispose();
  });
  test("concat of unequal parts, one of them empty", () =>
    agree(() => concat([R([2, 3]), R([0, 3]), R([5, 3], 2)], 0), "permute"));
  test("pad, tile and broadcastTo", async () => {
    await agree(
      () =>
        pad(
          R([3, 4]),
          [
            [1, 2],
            [0, 3],
          ],
          7,
        ),
      "permute",
    );
    await agree(() => tile(R([3, 4]), [2, 3]), "permute");
    await agree(() => tile(R([5]), [4]), "permute");
    await agree(() => broadcastTo(R([3, 1, 4]), [2, 3, 5, 4]), "permute");
    await agree(() => grad((x: Tensor) => square(broadcastTo(x, [2, 3, 5, 4])))(R([3, 1, 4])), "permute");
  });
  test("gather along the first axis and its gradient", async () => {
    const grid = () => tensor([3, 0, 9, 3], [2, 2], "int32");
    await agree(() => gather(R([10, 6]), grid()), "gather");
    await agree(() => gather(R([10]), ids(9, 0)), "gather");
    const f = (x: Tensor) => mul(gather(x, grid()), R([2, 2, 6], 2));
    await agree(() => grad(f)(R([10, 6])), "scatterAdd");
  });
  test("gather along another axis goes to the stock kernel", () =>
    agree(() => gather(R([4, 6]), ids(3, 0), 1), "stock"));
  test("segment sums; a segment outside the table is dropped", async () => {
    await agree(() => unsortedSegmentSum(R([4, 3]) as Tensor, ids(2, 0, 2, 1) as never, 3), "scatterAdd");
    await agree(() => unsortedSegmentSum(R([4, 3]) as Tensor, ids(2, -1, 7, 1) as never, 3), "stock");
  });
});
