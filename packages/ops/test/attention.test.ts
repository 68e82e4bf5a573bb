import { grad, setBackend, sum, tensor, type Tensor, type Tensor2D, type Tensor4D } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkOperation, expectClose, normalInput, tensorOf } from "../../tensors/test/check-operation.ts";
import { attentionWeights, composedAttention, patternAttention, type Pattern } from "../src/index.ts";
import { onBothPaths } from "./both-paths.ts";
import * as reference from "./references.ts";
import { blocks, scattered } from "./sparse-rules.ts";
import { dropFactor } from "./weight-reference.ts";

const shape: reference.AttentionShape = {
  batch: 2,
  heads: 4,
  keyHeads: 2,
  queries: 5,
  keys: 7,
  width: 3,
  valueWidth: 2,
};
const inputs = (s: reference.AttentionShape): ReturnType<typeof normalInput>[] => [
  normalInput(1, s.batch, s.heads, s.queries, s.width),
  normalInput(2, s.batch, s.keyHeads, s.keys, s.width),
  normalInput(3, s.batch, s.keyHeads, s.keys, s.valueWidth),
];
const window = { before: 2, after: 1, dilation: 1 };

interface Case {
  readonly pattern: Pattern;
  readonly queryOffset?: number;
  readonly globals?: number[][];
  readonly padded?: boolean;
}
const cases: [string, Case][] = [
  ["everything", { pattern: { causal: false } }],
  ["causal", { pattern: { causal: true } }],
  ["causal behind a cache", { pattern: { causal: true }, queryOffset: 2 }],
  ["queries that see no key", { pattern: { causal: true }, queryOffset: -2 }],
  ["a window", { pattern: { causal: false, window } }],
  ["a causal window", { pattern: { causal: true, window }, queryOffset: 1 }],
  ["a dilation per head", { pattern: { causal: false, window: { ...window, dilation: [1, 2, 3, 1] } } }],
  ["global keys", { pattern: { causal: false, window }, globals: [[0, 6], []] }],
  ["causal global keys", { pattern: { causal: true, window }, globals: [[0], [3, 4]] }],
  ["padding", { pattern: { causal: true }, padded: true }],
  ["padding and global keys", { pattern: { causal: false, window }, globals: [[6], [1]], padded: true }],
];
for (const style of [
  { exact: true, perHead: true },
  { exact: false, perHead: false },
]) {
  cases.push([
    `blocks of two, ${style.exact}`,
    { pattern: { causal: false, sparse: blocks(2, style) }, queryOffset: 1 },
  ]);
  cases.push([`scattered, ${style.exact}`, { pattern: { causal: true, sparse: scattered(3, style) }, padded: true }]);
}
// Batch row 0 pads the end, row 1 hides everything that its first queries see.
const keyPadding = [1, 1, 1, 1, 1, 0, 0, /**/ 0, 0, 0, 1, 1, 1, 1];

describe("patternAttention", () => {
  onBothPaths(["PatternAttention", "PatternAttentionGrad"], () => {
    describe.each(cases)("%s", (_, { pattern, queryOffset = 0, globals, padded }) => {
      const options = { pattern, scale: 0.6, queryOffset, globals };
      const setting = { ...options, keyPadding: padded === true ? keyPadding : undefined };

      it("equals the loops, with gradients of q, k and v", () => {
        const padding = padded === true ? (tensor(keyPadding, [2, 7]) as Tensor2D) : undefined;
        checkOperation(
          inputs(shape),
          (q, k, v) =>
            patternAttention({ q: q as Tensor4D, k: k as Tensor4D, v: v as Tensor4D, keyPadding: padding }, options),
          (...[q, k, v]) => reference.attention(shape, setting, q!, k!, v!),
        );
        padding?.dispose();
      });

      it("equals the loops with a bias, with its gradient", () => {
        const padding = padded === true ? (tensor(keyPadding, [2, 7]) as Tensor2D) : undefined;
        checkOperation(
          [...inputs(shape), normalInput(4, shape.heads, shape.queries + shape.keys - 1)],
          (q, k, v, bias) =>
            patternAttention(
              { q: q as Tensor4D, k: k as Tensor4D, v: v as Tensor4D, bias: bias as Tensor2D, keyPadding: padding },
              options,
            ),
          (...[q, k, v, bias]) => reference.attention(shape, setting, q!, k!, v!, bias),
        );
        padding?.dispose();
      });
    });

    it("gives 0 and no gradient to a query that sees no key", () => {
      const [q, k, v] = inputs(shape).map((x) => tensorOf(x) as Tensor4D);
      const attend = (x: Tensor): Tensor4D =>
        patternAttention({ q: x as Tensor4D, k: k!, v: v! }, { pattern: { causal: true }, scale: 1, queryOffset: -2 });
      const blind = (x: Tensor): number[] =>
        Array.from(x.dataSync()).filter((_, i) => Math.floor(i / x.shape[3]!) % shape.queries < 2);
      expect(new Set(blind(attend(q!)))).toEqual(new Set([0]));
      const dq = grad((x: Tensor) => sum(attend(x)))(q!);
      for (const value of blind(dq)) expect(value).toBeCloseTo(0, 12);
    });

    it.each([
      ["one query", { ...shape, queries: 1 }],
      ["one key", { ...shape, keys: 1 }],
      ["heads that do not divide", { ...shape, heads: 3 }],
      ["single-query heads", { ...shape, keyHeads: 1 }],
    ] as [string, reference.AttentionShape][])("takes %s, with a bias", (_, s) => {
      const options = { pattern: { causal: false }, scale: 1, queryOffset: 0 };
      checkOperation(
        [...inputs(s), normalInput(4, s.heads, s.queries + s.keys - 1)],
        (q, k, v, bias) =>
          patternAttention({ q: q as Tensor4D, k: k as Tensor4D, v: v as Tensor4D, bias: bias as Tensor2D }, options),
        (...[q, k, v, bias]) => reference.attention(s, options, q!, k!, v!, bias),
      );
    });

    it("drops weights, not outputs, and the same ones for the same seed and step", () => {
      const dropped = { rate: 0.4, seed: -5, step: 9 };
      const mask = { rate: 0.4, key: [2 ** 32 - 5, 0x3c6ef372], counter: [9, 0] } as const;
      const options = { pattern: { causal: true }, scale: 0.6, queryOffset: 0 };
      checkOperation(
        inputs(shape),
        (q, k, v) =>
          patternAttention({ q: q as Tensor4D, k: k as Tensor4D, v: v as Tensor4D }, { ...options, dropout: dropped }),
        (...[q, k, v]) => {
          const weights = reference.softmaxRows(reference.attentionScores(shape, options, q!, k!), shape.keys);
          return reference.weighted(
            shape,
            weights.map((weight, i) => weight * dropFactor(mask, Math.floor(i / shape.keys), i % shape.keys)),
            v!,
          );
        },
      );
    });
  });

  it("drops the asked share of weights, and keeps their mean", async () => {
    await setBackend("cpu");
    const [queries, keys] = [64, 501];
    const some = tensorOf(normalInput(0, 1, 1, queries, 1)) as Tensor4D;
    const other = tensorOf(normalInput(1, 1, 1, keys, 1)) as Tensor4D;
    for (const rate of [0.1, 0.5]) {
      const options = { pattern: { causal: false }, scale: 0, queryOffset: 0, dropout: { rate, seed: 3, step: 1 } };
      const weights = attentionWeights({ q: some, k: other }, options).dataSync();
      const dropped = weights.filter((weight) => weight === 0).length / weights.length;
      // Four standard deviations of a binomial share.
      expect(Math.abs(dropped - rate)).toBeLessThan(4 * Math.sqrt((rate * (1 - rate)) / weights.length));
      expect((weights.find((weight) => weight > 0) ?? 0) * keys * (1 - rate)).toBeCloseTo(1, 4);
    }
  });

  it("refuses shapes that disagree", async () => {
    await setBackend("cpu");
    const some = (...sides: number[]): Tensor4D => tensorOf(normalInput(0, ...sides)) as Tensor4D;
    const good = { q: some(1, 2, 3, 4), k: some(1, 2, 5, 4), v: some(1, 2, 5, 6) };
    const options = { pattern: { causal: false }, scale: 1, queryOffset: 0 };
    const refused =
      (change: object, changeOptions = {}): (() => Tensor) =>
      () =>
        patternAttention({ ...good, ...change }, { ...options, ...changeOptions });
    expect(refused({ k: some(1, 2, 5, 3) })).toThrow(
      "patternAttention: k must be [1,KH,M,4] with KH at most 2 (q is [1,2,3,4]), got [1,2,5,3]",
    );
    expect(refused({ k: some(1, 3, 5, 4) })).toThrow("KH at most 2");
    expect(refused({ v: some(1, 1, 5, 6) })).toThrow("patternAttention: v must be [1,2,5,Dv], got [1,1,5,6]");
    expect(refused({ keyPadding: some(1, 3) })).toThrow("patternAttention: keyPadding must be [1,5], got [1,3]");
    expect(refused({ bias: some(2, 5) })).toThrow("patternAttention: bias must be [2,7], got [2,5]");
    expect(refused({}, { globals: [] })).toThrow(
      "patternAttention: globals must have one list for each of the 1 batch rows, got 0",
    );
    expect(refused({}, { globals: [[5]] })).toThrow(
      "patternAttention: a global position must be one of the 5 keys, got 5",
    );
    expect(refused({}, { dropout: { rate: 1, seed: 0, step: 0 } })).toThrow(
      "patternAttention: dropout.rate must be at least 0 and below 1, got 1",
    );
  });
});

describe("attentionWeights and composedAttention", () => {
  it("rows of weights sum to 1, and to 0 where nothing is seen; hidden entries are 0", async () => {
    await setBackend("cpu");
    fc.assert(
      fc.property(fc.boolean(), fc.integer({ min: -6, max: 6 }), fc.nat(3), (causal, queryOffset, before) => {
        const pattern = { causal, window: { before, after: 1, dilation: 1 } };
        const options = { pattern, scale: 1, queryOffset };
        const [q, k] = inputs(shape).map((x) => tensorOf(x) as Tensor4D);
        const weights = attentionWeights({ q: q!, k: k! }, options);
        const exact = inputs(shape).map((x) => Float64Array.from(x.values));
        const wanted = reference.softmaxRows(
          reference.attentionScores(shape, options, exact[0]!, exact[1]!),
          shape.keys,
        );
        expectClose(weights.dataSync(), wanted, 1e-5, "weights");
        const values = weights.dataSync();
        for (const [index, weight] of wanted.entries()) if (weight === 0) expect(values[index]).toBe(0);
      }),
      { numRuns: 20 },
    );
  });

  it("composes even where a kernel exists", () => {
    const options = { pattern: { causal: true }, scale: 1, queryOffset: 0 };
    checkOperation(
      inputs(shape),
      (q, k, v) => composedAttention({ q: q as Tensor4D, k: k as Tensor4D, v: v as Tensor4D }, options),
      (...[q, k, v]) => reference.attention(shape, options, q!, k!, v!),
    );
  });
});
