import { getKernel, registerKernel, setBackend, tensor, unregisterKernel, type Tensor2D } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { checkOperation, normalInput, tensorOf } from "../../tensors/test/check-operation.ts";
import { embeddingLookup } from "../src/index.ts";

beforeAll(async () => {
  await setBackend("cpu");
});

const table = normalInput(1, 5, 3);
const numbers = [4, 0, 4, 2, 2, 2];

function check(): void {
  const ids = tensor(numbers, [2, 3], "int32");
  checkOperation(
    [table],
    (x) => embeddingLookup(x as Tensor2D, ids),
    (x) => numbers.flatMap((row) => [...x!.subarray(row * 3, row * 3 + 3)]),
  );
  ids.dispose();
}

describe("embeddingLookup", () => {
  it("reads rows; the gradient sums over repeated ids", check);

  it("has the same gradient on a backend without UnsortedSegmentSum", () => {
    const stock = getKernel("UnsortedSegmentSum", "cpu");
    unregisterKernel("UnsortedSegmentSum", "cpu");
    try {
      check();
    } finally {
      registerKernel(stock);
    }
  });

  it("keeps the shape of ids and refuses ids that are not int32", () => {
    const x = tensorOf(table) as Tensor2D;
    expect(embeddingLookup(x, tensor(numbers, [3, 2], "int32")).shape).toEqual([3, 2, 3]);
    expect(() => embeddingLookup(x, tensor([0]))).toThrow('embeddingLookup: ids must be int32, got "float32"');
  });
});
