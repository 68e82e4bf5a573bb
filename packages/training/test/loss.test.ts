import { type Tensor, memory, mul, setBackend, sum, tensor, tidy } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { countLeaks, valueAndGradients } from "@attention-lab/tensors";
import { type LabelSmoothing, crossEntropy } from "@attention-lab/training";
import { goldenCase } from "./golden.ts";

beforeAll(async () => {
  await setBackend("cpu");
});

const read = async (value: Tensor) => {
  const [first] = await value.data();
  value.dispose();
  return first as number;
};

describe("the two conventions of label smoothing", () => {
  test("over the other classes equals fairseq's on values and gradients, padding excluded", async () => {
    const { expected } = goldenCase("fairseq_smoothing_0.1_pad");
    const labels = expected("target").map((label) => (label === 1 ? -1 : label));
    const counted = labels.filter((label) => label >= 0).length;
    const logits = tensor(expected("logits"), [8, 6]);
    const targets = tensor(labels, [8], "int32");
    const before = memory().numTensors;
    const summed = (smoothing?: LabelSmoothing) => mul(crossEntropy(logits, targets, smoothing), counted);
    const { value, gradients } = valueAndGradients(() => summed({ amount: 0.1, over: "others" }), [logits]);
    expect(await read(value)).toBeCloseTo(expected("loss")[0] as number, 4);
    expect(await read(tidy(() => summed()))).toBeCloseTo(expected("nll")[0] as number, 4);
    const cotangent = expected("cotangent")[0] as number;
    const want = expected("grad.logits");
    for (const [i, got] of ((await gradients[0]?.data()) ?? []).entries()) {
      expect(got * cotangent).toBeCloseTo(want[i] as number, 4);
    }
    gradients[0]?.dispose();
    expect(memory().numTensors).toBe(before);
  });

  test("over all classes equals PyTorch's", async () => {
    const { expected } = goldenCase("cross_entropy_smoothing_0.1_ignore_mean");
    const labels = expected("target").map((label) => (label === 0 ? -1 : label));
    const loss = tidy(() =>
      crossEntropy(tensor(expected("logits"), [9, 5]), tensor(labels, [9], "int32"), { amount: 0.1, over: "all" }),
    );
    expect(await read(loss)).toBeCloseTo(expected("loss")[0] as number, 5);
  });

  test("they differ, and by the amount that the definitions say", async () => {
    const [logits, label, amount] = [[1, -2, 0.5], 2, 0.3];
    const logSum = Math.log(logits.reduce((total, logit) => total + Math.exp(logit), 0));
    const by = (share: (id: number) => number) => -logits.reduce((t, logit, id) => t + share(id) * (logit - logSum), 0);
    const got = (over: "all" | "others") =>
      read(tidy(() => crossEntropy(tensor(logits, [1, 3]), tensor([label], [1], "int32"), { amount, over })));
    expect(await got("all")).toBeCloseTo(
      by((id) => amount / 3 + (id === label ? 1 - amount : 0)),
      5,
    );
    expect(await got("others")).toBeCloseTo(
      by((id) => (id === label ? 1 - amount : amount / 2)),
      5,
    );
  });
});

test("a target of -1 has no say: neither in the loss nor in a gradient", async () => {
  const logits = tensor([1, 2, 3, 9, -9, 4], [2, 3]);
  const targets = tensor([0, -1], [2], "int32");
  const { value, gradients } = valueAndGradients(() => crossEntropy(logits, targets), [logits]);
  expect(await read(value)).toBeCloseTo(Math.log(1 + Math.E + Math.E ** 2), 5);
  expect([...((await gradients[0]?.data()) ?? [])].slice(3).map(Math.abs)).toEqual([0, 0, 0]);
});

test("nothing leaks, and targets of padding alone cost nothing", async () => {
  const [logits, targets] = [tensor([1, 2, 3, 4], [1, 2, 2]), tensor([-1, -1], [1, 2], "int32")];
  expect(countLeaks(() => crossEntropy(logits, targets).dispose())).toBe(0);
  expect(await read(tidy(() => sum(crossEntropy(logits, targets))))).toBeCloseTo(0, 7);
});

test("bad arguments are one sentence", () => {
  const [logits, targets] = [tensor([1, 2, 3, 4], [2, 2]), tensor([0, 1], [2], "int32")];
  const with_ = (smoothing: LabelSmoothing) => () => crossEntropy(logits, targets, smoothing);
  expect(with_({ amount: 1, over: "all" })).toThrow("label smoothing: amount must lie in [0, 1), got 1");
  expect(with_({ amount: 0.6, over: "others" })).toThrow("amount over the other classes of 2 must be at most 0.5");
  expect(() => crossEntropy(logits, tensor([0], [1], "int32"))).toThrow("targets must have shape [2], got [1]");
});
