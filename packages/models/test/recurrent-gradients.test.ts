import { softmaxCrossEntropy } from "@attention-lab/ops";
import { reshape, type Scalar, setBackend, type Tensor1D, type Tensor2D, tensor1d } from "@tensorflow/tfjs-core";
import { beforeAll, test } from "vitest";
import { expectGradients } from "../../nn/test/expect-gradients.ts";
import { build, contextNames, contexts, ids, vocabulary } from "./recurrent-models.ts";

beforeAll(async () => {
  await setBackend("cpu");
});

const cases = contextNames.flatMap((name) =>
  [
    { cell: "lstm", layers: 1, bidirectional: true },
    { cell: "gru", layers: 1, reset: "beforeProduct" },
    { cell: "rnn", layers: 2, reverseSource: true },
  ].map((options) => [name, options] as const),
);

test.each(cases)("%s, %j: every parameter's gradient is a central difference", (name, options) => {
  const model = build({ context: contexts[name], ...options } as Parameters<typeof build>[0]);
  const source = { ids: ids(2, 4, 9), lengths: [4, 2] };
  const inputs = ids(2, 3);
  const labels = tensor1d([1, 4, -1, 2, 6, 0], "int32") as Tensor1D;
  expectGradients(
    () => softmaxCrossEntropy(reshape(model.logits(inputs, source), [6, vocabulary]) as Tensor2D, labels) as Scalar,
    model.parameters(),
  );
});

test.each(contextNames)("%s: a source and a target of one token each have gradients", (name) => {
  const model = build({ context: contexts[name], layers: 1 });
  const source = { ids: ids(2, 1, 9) };
  const labels = tensor1d([1, 4], "int32") as Tensor1D;
  // With a single position there is no choice to learn, and in a first step from zeros nothing to multiply.
  const zeros = ["encoder.layers.0.recurrent.weight", ...(name.includes("feeding") ? ["decoder.feed.weight"] : [])];
  const still = Object.keys(model.parameters()).filter((each) => each.startsWith("decoder.attention"));
  expectGradients(
    () => softmaxCrossEntropy(reshape(model.logits(ids(2, 1), source), [2, vocabulary]) as Tensor2D, labels) as Scalar,
    model.parameters(),
    [...zeros, ...still],
  );
});
