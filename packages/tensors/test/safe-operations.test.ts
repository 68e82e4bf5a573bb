import { setBackend, tensor, type Tensor, type Tensor2D, type Tensor4D } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { countLeaks, maskedSoftmax, matMulHeads, prefixSum, project, repeatHeads } from "../src/index.ts";
import { checkOperation, normalInput } from "./check-operation.ts";

beforeAll(async () => {
  await setBackend("cpu");
});

/** c[i,j] = sum_t a(i,t) b(t,j), plain loops. */
function product(
  m: number,
  n: number,
  inner: number,
  a: (i: number, t: number) => number,
  b: (t: number, j: number) => number,
): number[] {
  return Array.from({ length: m * n }, (_, index) => {
    let total = 0;
    for (let t = 0; t < inner; t++) total += a(Math.floor(index / n), t) * b(t, index % n);
    return total;
  });
}

describe("project", () => {
  it.each([[[4, 3]], [[3]], [[2, 4, 3]], [[2, 2, 2, 3]]])("multiplies x of shape %j", (shape) => {
    const rows = shape.slice(0, -1).reduce((a, b) => a * b, 1);
    checkOperation(
      [normalInput(1, ...shape), normalInput(2, 3, 5)],
      (x, w) => project(x, w as Tensor2D),
      (x, w) =>
        product(
          rows,
          5,
          3,
          (i, t) => x[i * 3 + t] ?? NaN,
          (t, j) => w[t * 5 + j] ?? NaN,
        ),
    );
  });

  it("keeps the leading axes", () => {
    const x = tensor(new Float32Array(24), [2, 4, 3]);
    const w = tensor(new Float32Array(15), [3, 5]) as Tensor2D;
    const y = project(x, w);
    expect(y.shape).toEqual([2, 4, 5]);
    expect(() => project(x, tensor(new Float32Array(10), [2, 5]) as Tensor2D)).toThrow(
      "project: the last axis of x must be 2 wide (w is [2,5]), got x of [2,4,3]",
    );
  });
});

describe("matMulHeads", () => {
  const cases = [false, true].flatMap((a) => [false, true].map((b) => [a, b] as const));
  it.each(cases)("multiplies per head, transposeA %s, transposeB %s", (transposeA, transposeB) => {
    const [m, n, inner, groups] = [3, 4, 2, 6];
    const a = transposeA ? normalInput(3, 2, 3, inner, m) : normalInput(3, 2, 3, m, inner);
    const b = transposeB ? normalInput(4, 2, 3, n, inner) : normalInput(4, 2, 3, inner, n);
    checkOperation(
      [a, b],
      (x, y) => matMulHeads(x as Tensor4D, y as Tensor4D, transposeA, transposeB),
      (x, y) =>
        Array.from({ length: groups }, (_, g) =>
          product(
            m,
            n,
            inner,
            (i, t) => x[g * m * inner + (transposeA ? t * m + i : i * inner + t)] ?? NaN,
            (t, j) => y[g * n * inner + (transposeB ? j * inner + t : t * n + j)] ?? NaN,
          ),
        ).flat(),
    );
  });

  it("refuses batch axes that TensorFlow.js would broadcast wrongly", () => {
    const a = tensor(new Float32Array(24), [2, 3, 2, 2]) as Tensor4D;
    const b = tensor(new Float32Array(8), [2, 1, 2, 2]) as Tensor4D;
    expect(() => matMulHeads(a, b)).toThrow(
      "matMulHeads: batch and head axes must be equal, got [2,3,2,2] and [2,1,2,2]",
    );
  });
});

describe("prefixSum", () => {
  it.each([0, 1, 2, -1, -2])("sums along axis %i of [2,3,4], with a gradient for every axis", (axis) => {
    const stride = [12, 4, 1].at(axis) ?? NaN;
    const length = [2, 3, 4].at(axis) ?? NaN;
    checkOperation(
      [normalInput(5, 2, 3, 4)],
      (x) => prefixSum(x, axis),
      (x) =>
        x.map((_, index) => {
          const position = Math.floor(index / stride) % length;
          let total = 0;
          for (let back = 0; back <= position; back++) total += x[index - back * stride] ?? NaN;
          return total;
        }),
    );
  });

  it("refuses an axis that x does not have", () => {
    expect(() => prefixSum(tensor([1, 2]), 1)).toThrow("prefixSum: axis must be one of the 1 axes of x, got 1");
  });
});

describe("maskedSoftmax", () => {
  function reference(x: Float64Array, columns: number, visible: (index: number) => boolean): number[] {
    return Array.from(x, (value, index) => {
      if (!visible(index)) return 0;
      const first = index - (index % columns);
      let total = 0;
      for (let i = first; i < first + columns; i++) if (visible(i)) total += Math.exp(x[i] ?? NaN);
      return Math.exp(value) / total;
    });
  }

  it("is softmax without a mask", () => {
    checkOperation(
      [normalInput(6, 3, 5)],
      (x) => maskedSoftmax(x, undefined),
      (x) => reference(x, 5, () => true),
    );
  });

  it("gives zeros to hidden entries and to rows that see nothing, with a gradient", () => {
    const mask = [1, 0, 1, 1, 0, /**/ 0, 0, 0, 0, 0, /**/ 0, 1, 0, 0, 0];
    const visible = tensor(mask, [3, 5]);
    checkOperation(
      [normalInput(7, 3, 5)],
      (x) => maskedSoftmax(x, visible),
      (x) => reference(x, 5, (i) => mask[i] === 1),
    );
    visible.dispose();
  });

  it("broadcasts the mask over leading axes and takes booleans", () => {
    const mask = [1, 1, 0, 0, 1, 0];
    const visible = tensor(mask, [2, 1, 3], "bool");
    checkOperation(
      [normalInput(8, 2, 4, 3)],
      (x) => maskedSoftmax(x, visible),
      (x) => reference(x, 3, (i) => mask[Math.floor(i / 12) * 3 + (i % 3)] === 1),
    );
    visible.dispose();
  });

  it("never looks at hidden scores", () => {
    const y = maskedSoftmax(tensor([[Number.NaN, 1, Number.POSITIVE_INFINITY, 1]]), tensor([[0, 1, 0, 1]]));
    expect([...y.dataSync()]).toEqual([0, 0.5, 0, 0.5]);
  });
});

describe("repeatHeads", () => {
  it.each([
    [1, 4],
    [2, 4],
    [3, 3],
    [2, 5],
  ])("gives head h of %i shared heads and %i heads its own copy", (shared, heads) => {
    checkOperation(
      [normalInput(9, 2, shared, 3, 2)],
      (x) => repeatHeads(x as Tensor4D, heads),
      (x) =>
        Array.from({ length: 2 * heads * 6 }, (_, index) => {
          const [batch, head, rest] = [Math.floor(index / (heads * 6)), Math.floor(index / 6) % heads, index % 6];
          return x[(batch * shared + Math.floor((head * shared) / heads)) * 6 + rest] ?? NaN;
        }),
    );
  });

  it("refuses fewer heads than there are", () => {
    const x: Tensor = tensor(new Float32Array(6), [1, 3, 2, 1]);
    expect(() => repeatHeads(x as Tensor4D, 2)).toThrow("repeatHeads: heads must be at least the 3 heads of x, got 2");
    expect(countLeaks(() => repeatHeads(x as Tensor4D, 3))).toBe(1);
  });
});
