import { longformer } from "@attention-lab/attention-longformer";
import { sinusoidal } from "@attention-lab/position-encodings";
import { countLeaks } from "@attention-lab/tensors";
import { setBackend, tensor2d, type Tensor, type Tensor2D, tidy } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { type EncoderCall, type EncoderOnlyOptions, EncoderOnlyTransformer } from "../src/index.ts";
import { dispose, encoder, idsOf, largest, someIds, vocabulary } from "./tiny-model.ts";

beforeAll(async () => {
  await setBackend("cpu");
});

const build = (rest: Partial<EncoderOnlyOptions> = {}) => new EncoderOnlyTransformer({ ...encoder, ...rest });
const valuesOf = (body: () => Tensor) => tidy(body).dataSync();
const ids = () => idsOf([...someIds(5, 1), ...someIds(5, 2)], 2);
const real = (...lengths: number[]): Tensor2D =>
  tensor2d(lengths.map((length) => [0, 1, 2, 3, 4].map((position) => Number(position < length))));

describe("what depends on what", () => {
  test("every position on every other", () => {
    const model = build();
    const before = valuesOf(() => model.call(idsOf(someIds(5, 1))));
    const changed = someIds(5, 1).with(4, (someIds(5, 1)[4]! + 1) % vocabulary);
    const after = valuesOf(() => model.call(idsOf(changed)));
    for (let n = 0; n < 5; n++) {
      expect(largest(before.slice(n * 8, (n + 1) * 8), after.slice(n * 8, (n + 1) * 8))).toBeGreaterThan(1e-5);
    }
  });

  test("not on padding: neither its ids nor its length", () => {
    const model = build({ classes: 3 });
    const short = valuesOf(() => model.classify(idsOf([1, 2, 3])));
    const padding = real(3);
    expect(
      largest(
        valuesOf(() => model.classify(idsOf([1, 2, 3, 9, 8]), { padding })),
        short,
      ),
    ).toBeLessThan(1e-5);
    expect(
      largest(
        valuesOf(() => model.classify(idsOf([1, 2, 3, 9, 8]))),
        short,
      ),
    ).toBeGreaterThan(1e-4);
  });

  test("on token types, type 0 where none are given", () => {
    const model = build({ tokenTypes: 2 });
    const run = (call: EncoderCall) => valuesOf(() => model.call(ids(), call));
    expect(run({ tokenTypes: idsOf([0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 2) })).toEqual(run({}));
    expect(largest(run({ tokenTypes: idsOf([0, 0, 0, 0, 1, 0, 0, 0, 0, 0], 2) }), run({}))).toBeGreaterThan(1e-3);
  });

  test("dropout acts in training only, by step, in the classifier too", () => {
    const model = build({ dropout: 0.4, classes: 3, layers: 1 });
    const run = (call: EncoderCall) => valuesOf(() => model.classify(ids(), call));
    expect(run({ training: false, step: 1 })).toEqual(run({}));
    expect(run({ training: true, step: 1 })).toEqual(run({ training: true, step: 1 }));
    expect(largest(run({ training: true, step: 1 }), run({ training: true, step: 2 }))).toBeGreaterThan(1e-3);
  });
});

describe("heads", () => {
  test("have shapes and parameters of their own, and only where asked for", () => {
    const model = build({ maskedTokens: true, classes: 3 });
    expect(tidy(() => model.logits(ids()).shape)).toEqual([2, 5, vocabulary]);
    expect(tidy(() => model.pooled(ids()).shape)).toEqual([2, 8]);
    expect(tidy(() => model.classify(ids()).shape)).toEqual([2, 3]);
    const names = Object.keys(model.parameters()).filter((name) => !/^(embedding|blocks)/.test(name));
    expect(names).toEqual([
      "maskedTokens.dense.weight",
      "maskedTokens.dense.bias",
      "maskedTokens.norm.weight",
      "maskedTokens.norm.bias",
      "maskedTokens.bias",
      "pooler.dense.weight",
      "pooler.dense.bias",
      "classifier.weight",
      "classifier.bias",
    ]);
    expect(Object.keys(build().parameters()).filter((name) => !/^(embedding|blocks)/.test(name))).toEqual([]);
    expect(Object.keys(build({ norm: "pre", pooler: true, embeddingNorm: true }).parameters())).toEqual(
      expect.arrayContaining(["norm.weight", "pooler.dense.weight", "embeddingNorm.bias"]),
    );
  });

  test("states are the embeddings and every block's output", () => {
    const model = build({ norm: "pre", layers: 3 });
    const states = model.states(ids());
    expect(states.map(({ shape }) => shape)).toEqual(Array.from({ length: 4 }, () => [2, 5, 8]));
    expect(
      largest(
        states[3]!.dataSync(),
        valuesOf(() => model.call(ids())),
      ),
    ).toBeLessThan(1e-6);
    expect(largest(states[2]!.dataSync(), states[3]!.dataSync())).toBeGreaterThan(1e-3);
  });
});

test("global tokens reach the variants that have them", () => {
  const attention = longformer({ before: 1, after: 1, global: true });
  const model = build({ attention, layers: 1, position: sinusoidal({ layout: "interleaved" }) });
  const last = (globals?: number[][]) =>
    valuesOf(() => model.call(idsOf([1, 2, 3, 4, 5]), globals === undefined ? {} : { globals })).slice(-8);
  expect(largest(last([[0]]), last())).toBeGreaterThan(1e-4);
});

describe("bad input", () => {
  test("a row of padding alone, and a mask of another shape", () => {
    const model = build();
    expect(() => model.call(ids(), { padding: real(3, 0) })).toThrow(
      "encoder-only transformer: each row must have a real token, got padding alone in row 1",
    );
    expect(() => model.call(ids(), { padding: real(3) })).toThrow(
      "encoder-only transformer: padding must be [2,5], as the ids, got [1,5]",
    );
  });

  test("token types without the option, of another shape, or beyond their number", () => {
    expect(() => build().call(ids(), { tokenTypes: ids() })).toThrow("token types need the option tokenTypes");
    const model = build({ tokenTypes: 2 });
    expect(() => model.call(ids(), { tokenTypes: idsOf([0, 1]) })).toThrow(
      "token types must be [2,5], as the ids, got [1,2]",
    );
    expect(() => model.call(idsOf([1]), { tokenTypes: idsOf([2]) })).toThrow(
      "embedding tokenTypes: an id must be from 0 to 1, got 2",
    );
  });

  test.each<[Partial<EncoderOnlyOptions>, string]>([
    [{ attention: [] }, "a list of attentions must have one for each of the 2 layers, got 0"],
    [{ tokenTypes: 0 }, "encoder-only transformer: tokenTypes must be a positive integer, got 0"],
    [{ classes: -1 }, "encoder-only transformer: classes must be a positive integer, got -1"],
  ])("%j: one sentence", (options, sentence) => {
    expect(() => build(options)).toThrow(sentence);
  });

  test("a sequence that is too long, and an id outside the vocabulary", () => {
    expect(() => build().call(idsOf(someIds(17)))).toThrow("a sequence must have at most maxLength 16 tokens, got 17");
    expect(() => build().call(idsOf([-1]))).toThrow("embedding embedding: an id must be from 0 to 10, got -1");
  });
});

test("building and computing leave nothing but parameters and results", () => {
  const input = ids();
  const padding = real(5, 2);
  const leaked = countLeaks(() => {
    const model = build({ maskedTokens: true, classes: 3, tokenTypes: 2, embeddingNorm: true, dropout: 0.1 });
    const call = { padding, training: true, step: 1 };
    expect(countLeaks(() => model.logits(input, call))).toBe(1);
    expect(countLeaks(() => model.pooled(input, call))).toBe(1);
    expect(countLeaks(() => model.classify(input, call))).toBe(1);
    expect(countLeaks(() => model.call(input, call))).toBe(1);
    expect(countLeaks(() => model.states(input, call))).toBe(3);
    dispose(model);
  });
  expect(leaked).toBe(4 + 3);
});
