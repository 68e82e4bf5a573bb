import { useBackend } from "@attention-lab/backends";
import { softmaxCrossEntropy } from "@attention-lab/ops";
import { deriveSeed, integers } from "@attention-lab/tensors";
import { argMax, reshape, type Scalar, type Tensor2D, tensor1d, tensor2d, tidy, train } from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { RecurrentSeq2Seq, type RecurrentSeq2SeqOptions } from "../src/index.ts";
import { contexts } from "./recurrent-models.ts";

beforeAll(async () => {
  await useBackend();
});

const [rows, length, vocabulary] = [32, 5, 8];

/** Sequences of the ids 1 to 7 and what is to be written of them; the decoder begins with 0. */
function reversal(seed: number) {
  const source = integers(seed, rows * length, vocabulary - 1).map((id) => id + 1);
  const row = (index: number) => Array.from(source.slice(index * length, (index + 1) * length)).toReversed();
  const targets = Array.from({ length: rows }, (_, index) => row(index));
  return {
    source: { ids: tensor2d(source, [rows, length], "int32") },
    inputs: tensor2d(
      targets.map((ids) => [0, ...ids.slice(0, -1)]),
      [rows, length],
      "int32",
    ),
    labels: targets.flat(),
  };
}

/** Trains for some steps -> mean loss of the first and the last ten, and the share of right tokens on unseen sequences. */
function learn(options: Partial<RecurrentSeq2SeqOptions>, steps: number) {
  const shared = {
    vocabulary,
    embedding: 16,
    units: 32,
    layers: 1,
    cell: "gru",
    context: "fixed",
    dropout: 0,
    seed: 1,
  } as const;
  const model = new RecurrentSeq2Seq({ ...shared, ...options });
  const lossOf = ({ source, inputs, labels }: ReturnType<typeof reversal>) => {
    const logits = reshape(model.logits(inputs, source), [-1, vocabulary]) as Tensor2D;
    return softmaxCrossEntropy(logits, tensor1d(labels, "int32")) as Scalar;
  };
  const adam = train.adam(0.01);
  const losses = Array.from({ length: steps }, (_, step) =>
    tidy(
      () =>
        adam
          .minimize(() => lossOf(reversal(deriveSeed(1, step))), true, Object.values(model.parameters()))
          ?.dataSync()[0] ?? NaN,
    ),
  );
  const { source, inputs, labels } = reversal(9);
  const chosen = argMax(model.logits(inputs, source), -1).dataSync();
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    first: mean(losses.slice(0, 10)),
    last: mean(losses.slice(-10)),
    accuracy: labels.filter((label, i) => chosen[i] === label).length / labels.length,
  };
}

test.each(["bahdanau", "general"] as const)("%s: a decoder that looks back learns to reverse in 160 steps", (name) => {
  const { first, accuracy } = learn({ context: contexts[name] }, 160);
  expect(first).toBeGreaterThan(1.7); // ln 7 is 1.95: nothing is known at the start
  expect(accuracy).toBeGreaterThan(0.9);
});

test("a fixed context learns too, more slowly", () => {
  const { first, last, accuracy } = learn({}, 160);
  expect(last).toBeLessThan(first / 2);
  expect(accuracy).toBeGreaterThan(0.6);
});
