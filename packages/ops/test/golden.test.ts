import { readFileSync } from "node:fs";
import {
  grads,
  mul,
  setBackend,
  sum,
  tensor,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
} from "@tensorflow/tfjs-core";
import { readSafetensors } from "@attention-lab/tensors";
import { beforeAll, describe, it } from "vitest";
import { expectClose } from "../../tensors/test/check-operation.ts";
import { gelu, layerNorm, patternAttention, softmaxCrossEntropy } from "../src/index.ts";

beforeAll(async () => {
  await setBackend("cpu");
});

/** Holds an operation and its gradients against a case that PyTorch computed in float64. */
function check(
  name: string,
  inputs: string[],
  result: string,
  operation: (g: (name: string) => Tensor, ...xs: Tensor[]) => Tensor,
): void {
  const golden = readSafetensors(readFileSync(new URL(`../../../golden/${name}.safetensors`, import.meta.url)));
  const values = (key: string): Float32Array => Float32Array.from((golden.get(key)?.values ?? []) as Float64Array);
  const read = (key: string): Tensor => tensor(values(key), golden.get(key)?.shape ?? [], "float32");
  const xs = inputs.map(read);
  expectClose(operation(read, ...xs).dataSync(), values(result), 2e-6, result);
  const gradients = grads((...xs: Tensor[]) => sum(mul(operation(read, ...xs), read("cotangent"))))(xs);
  for (const [index, gradient] of gradients.entries()) {
    expectClose(gradient.dataSync(), values(`grad.${inputs[index]}`), 2e-6, `gradient of ${inputs[index]}`);
  }
}

describe("equals PyTorch", () => {
  it("gelu, erf", () => check("gelu_erf", ["x"], "output", (_, x) => gelu(x!, "erf")));
  it("gelu, tanh", () => check("gelu_tanh", ["x"], "output", (_, x) => gelu(x!, "tanh")));

  it("layerNorm", () =>
    check("layer_norm", ["x", "weight", "bias"], "output", (_, x, w, b) =>
      layerNorm(x!, w as Tensor1D, b as Tensor1D, 1e-5),
    ));

  it("causal grouped-query attention", () =>
    check("gqa_4_2", ["q", "k", "v"], "output", (_, q, k, v) =>
      patternAttention(
        { q: q as Tensor4D, k: k as Tensor4D, v: v as Tensor4D },
        { pattern: { causal: true }, scale: 0.5, queryOffset: 0 },
      ),
    ));

  it.each([
    ["cross_entropy_smoothing_0", 0],
    ["cross_entropy_smoothing_0.1", 0.1],
  ])("%s", (name, labelSmoothing) =>
    check(name, ["logits"], "loss", (read, logits) =>
      softmaxCrossEntropy(logits as Tensor2D, read("target").toInt() as Tensor1D, { labelSmoothing }),
    ),
  );

  it("cross_entropy_smoothing_0.1_ignore_mean, whose ignored class is 0", () =>
    check("cross_entropy_smoothing_0.1_ignore_mean", ["logits"], "loss", (read, logits) => {
      const labels = Array.from(read("target").dataSync(), (label) => (label === 0 ? -1 : label));
      return softmaxCrossEntropy(logits as Tensor2D, tensor(labels, [labels.length], "int32") as Tensor1D, {
        labelSmoothing: 0.1,
      });
    }));
});
