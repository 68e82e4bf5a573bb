import { setBackend, tensor, type Tensor1D, type Tensor2D } from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { checkOperation, expectClose, normalInput, tensorOf, type Input } from "../../tensors/test/check-operation.ts";
import { softmaxCrossEntropy } from "../src/index.ts";
import { onBothPaths } from "./both-paths.ts";
import * as reference from "./references.ts";

const logits = normalInput(1, 5, 4);
const labelled: [string, number[]][] = [
  ["every row", [0, 3, 1, 1, 2]],
  ["some rows ignored", [0, -1, 1, -100, 2]],
  ["every row ignored", [-1, -1, -1, -1, -1]],
];

describe("softmaxCrossEntropy", () => {
  onBothPaths(["SoftmaxCrossEntropy", "SoftmaxCrossEntropyGrad"], () => {
    describe.each(labelled)("%s", (_, labels) => {
      it.each([0, 0.1, 1])("equals the loops with smoothing %f", (labelSmoothing) => {
        const ids = tensor(labels, [5], "int32") as Tensor1D;
        checkOperation(
          [logits],
          (x) => softmaxCrossEntropy(x as Tensor2D, ids, { labelSmoothing }),
          (x) => [reference.crossEntropy(x!, labels, labelSmoothing)],
        );
        ids.dispose();
      });
    });
  });

  it("stays finite for huge logits", async () => {
    await setBackend("cpu");
    const huge: Input = { shape: [2, 3], values: [1e4, 0, -1e4, 0, 1e4, 0] };
    const loss = softmaxCrossEntropy(tensorOf(huge) as Tensor2D, tensor([0, 0], [2], "int32") as Tensor1D);
    expectClose(loss.dataSync(), [5e3], 1e-6, "loss");
  });

  it("refuses labels that are no int32 vector, and a smoothing that is no share", async () => {
    await setBackend("cpu");
    const x = tensorOf(logits) as Tensor2D;
    const ids = (n: number, dtype: "int32" | "float32"): Tensor1D =>
      tensor(
        Array.from({ length: n }, () => 0),
        [n],
        dtype,
      ) as Tensor1D;
    expect(() => softmaxCrossEntropy(x, ids(5, "float32"))).toThrow(
      'softmaxCrossEntropy: labels must be int32 [5], got "float32 [5]"',
    );
    expect(() => softmaxCrossEntropy(x, ids(4, "int32"))).toThrow('labels must be int32 [5], got "int32 [4]"');
    expect(() => softmaxCrossEntropy(x, ids(5, "int32"), { labelSmoothing: 1.1 })).toThrow(
      "softmaxCrossEntropy: labelSmoothing must be from 0 to 1, got 1.1",
    );
  });
});
