import { memory, profile, setBackend, type Tensor, type Tensor4D } from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { checkOperation, normalInput, tensorOf, type Input } from "../../tensors/test/check-operation.ts";
import { featureAttention } from "../src/index.ts";
import { onBothPaths } from "./both-paths.ts";
import * as reference from "./references.ts";

/** Features are positive, as after a feature map. */
const positive = (seed: number, ...shape: number[]): Input => ({
  shape,
  values: Array.from(normalInput(seed, ...shape).values, (value) => Math.fround(Math.exp(value / 2))),
});
const inputs = (s: reference.AttentionShape): Input[] => [
  positive(1, s.batch, s.heads, s.queries, s.width),
  positive(2, s.batch, s.keyHeads, s.keys, s.width),
  normalInput(3, s.batch, s.keyHeads, s.keys, s.valueWidth),
];
const small = { batch: 2, heads: 4, keyHeads: 2, queries: 5, keys: 5, width: 3, valueWidth: 2 };
/** Longer than a chunk of 64, with few numbers otherwise. */
const long = { batch: 1, heads: 1, keyHeads: 1, queries: 70, keys: 70, width: 2, valueWidth: 1 };

describe("featureAttention", () => {
  onBothPaths(["FeatureAttention", "FeatureAttentionGrad"], () => {
    const shapes: [string, reference.AttentionShape][] = [
      ["grouped heads", small],
      ["a head each", { ...small, keyHeads: 4 }],
      ["heads that do not divide", { ...small, heads: 3 }],
      ["fewer keys than queries", { ...small, keys: 3 }],
      ["more keys than queries", { ...small, keys: 8 }],
      ["one position", { ...small, queries: 1, keys: 1 }],
    ];
    describe.each([false, true])("causal %s", (causal) => {
      it.each(shapes)("equals the loops, with gradients through the denominator: %s", (_, shape) => {
        checkOperation(
          inputs(shape),
          (qf, kf, v) =>
            featureAttention({ qf: qf as Tensor4D, kf: kf as Tensor4D, v: v as Tensor4D }, { causal, epsilon: 0.1 }),
          (...[qf, kf, v]) => reference.featureAttention(shape, causal, 0.1, qf!, kf!, v!),
        );
      });
    });
  });

  it.each([
    ["a ragged second chunk", long],
    ["keys that end inside the first chunk", { ...long, keys: 60 }],
    ["keys that end inside the second chunk", { ...long, keys: 66 }],
    ["more keys than queries", { ...long, queries: 66 }],
    ["exactly one chunk", { ...long, queries: 64, keys: 64 }],
  ])("composes causal attention over chunks: %s", async (_, shape) => {
    await setBackend("cpu");
    checkOperation(
      inputs(shape),
      (qf, kf, v) =>
        featureAttention({ qf: qf as Tensor4D, kf: kf as Tensor4D, v: v as Tensor4D }, { causal: true, epsilon: 0 }),
      (...[qf, kf, v]) => reference.featureAttention(shape, true, 0, qf!, kf!, v!),
    );
  });

  it.each([false, true])("never holds an N x M matrix, causal %s", async (causal) => {
    await setBackend("cpu");
    const shape = { ...long, queries: 1024, keys: 1024 };
    const [qf, kf, v] = inputs(shape).map((input) => tensorOf(input) as Tensor4D);
    const before = memory().numBytes;
    const { peakBytes, result } = await profile(() =>
      featureAttention({ qf: qf!, kf: kf!, v: v! }, { causal, epsilon: 0 }),
    );
    (result as Tensor).dispose();
    expect(peakBytes - before).toBeLessThan((4 * 1024 * 1024) / 16);
  });

  it("refuses shapes that disagree", async () => {
    await setBackend("cpu");
    const some = (...sides: number[]): Tensor4D => tensorOf(normalInput(0, ...sides)) as Tensor4D;
    const good = { qf: some(1, 2, 3, 4), kf: some(1, 2, 5, 4), v: some(1, 2, 5, 6) };
    const refused =
      (change: object): (() => Tensor) =>
      () =>
        featureAttention({ ...good, ...change }, { causal: false, epsilon: 0 });
    expect(refused({ kf: some(1, 2, 5, 3) })).toThrow(
      "featureAttention: kf must be [1,KH,M,4] with KH at most 2 (qf is [1,2,3,4]), got [1,2,5,3]",
    );
    expect(refused({ v: some(1, 2, 4, 6) })).toThrow("featureAttention: v must be [1,2,5,Dv], got [1,2,4,6]");
  });
});
