import { full } from "@attention-lab/attention-full";
import { longformer } from "@attention-lab/attention-longformer";
import { beamSearch, conditioned, decodeBatch, greedy } from "@attention-lab/decoders";
import { alibi, learned, rope, shaw, sinusoidal } from "@attention-lab/position-encodings";
import { carry, countLeaks } from "@attention-lab/tensors";
import { memory, setBackend, tensor1d, tensor2d, tidy } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { type EncoderDecoderOptions, EncoderDecoderTransformer, type Source } from "../src/index.ts";
import { dispose, idsOf, largest, pairs, someIds, vocabulary } from "./tiny-model.ts";
import { mixing } from "./toy-variants.ts";

beforeAll(async () => {
  await setBackend("cpu");
});

const build = (rest: Partial<EncoderDecoderOptions> = {}) => new EncoderDecoderTransformer({ ...pairs, ...rest });
const source = (): Source => ({ ids: idsOf([...someIds(5, 1), ...someIds(5, 2)], 2), lengths: [5, 3] });
const target = someIds(6, 3);
const logitsOf = (model: EncoderDecoderTransformer, ids: readonly number[], from: Source) =>
  tidy(() => model.logits(idsOf(ids, from.ids.shape[0]), from)).dataSync();
/** Rows of one sequence's logits. */
const rows = (logits: ArrayLike<number>, row: number, count: number) =>
  Array.from(logits).slice(row * vocabulary, (row + count) * vocabulary);

describe("the original by default", () => {
  test("six and six layers, post-norm without final norms, one table for source, target and output", () => {
    const { layers: _, ...silent } = pairs;
    const names = Object.keys(new EncoderDecoderTransformer(silent).parameters());
    expect(names.filter((name) => name.endsWith("attention.query.weight"))).toHaveLength(12);
    expect(names.filter((name) => name.endsWith("crossAttention.query.weight"))).toHaveLength(6);
    expect(names.filter((name) => /embedding|^encoder\.norm|^decoder\.norm/i.test(name))).toEqual(["embedding.weight"]);
    expect(names).toContain("decoder.blocks.5.crossAttentionNorm.bias");
    expect(names).not.toContain("encoder.blocks.0.crossAttention.query.weight");
  });

  test("embeddings are scaled, and a tenth is dropped", () => {
    const from = source();
    expect(
      largest(logitsOf(build(), target, from), logitsOf(build({ scaleEmbeddings: false }), target, from)),
    ).toBeGreaterThan(1e-3);
    const run = (model: EncoderDecoderTransformer, step: number) =>
      tidy(() => model.logits(idsOf(target, 2), from, { training: true, step })).dataSync();
    expect(largest(run(build(), 1), run(build(), 2))).toBeGreaterThan(1e-3);
    expect(largest(run(build(), 1), run(build(), 1))).toBe(0);
    expect(largest(run(build({ dropout: 0 }), 1), logitsOf(build(), target, from))).toBe(0);
  });

  test("separate vocabularies and an untied output have weights of their own", () => {
    const names = Object.keys(build({ sourceVocabulary: 7, tied: false, norm: "pre", decoderLayers: 1 }).parameters());
    expect(names).toEqual(
      expect.arrayContaining([
        "sourceEmbedding.weight",
        "unembedding.weight",
        "encoder.norm.weight",
        "decoder.norm.bias",
      ]),
    );
    expect(names.some((name) => name.startsWith("decoder.blocks.1"))).toBe(false);
  });
});

describe("what depends on what", () => {
  test("a target token on earlier ones and the whole source, but not on the future", () => {
    const model = build();
    const from: Source = { ids: idsOf(someIds(5, 1)) };
    const before = logitsOf(model, target, from);
    const after = logitsOf(model, target.with(3, (target[3]! + 1) % vocabulary), from);
    expect(largest(rows(before, 0, 3), rows(after, 0, 3))).toBeLessThan(1e-6);
    expect(largest(rows(before, 3, 1), rows(after, 3, 1))).toBeGreaterThan(1e-4);
    const other = logitsOf(model, target, { ids: idsOf(someIds(5, 1).with(4, (someIds(5, 1)[4]! + 1) % vocabulary)) });
    for (let row = 0; row < 6; row++) expect(largest(rows(before, row, 1), rows(other, row, 1))).toBeGreaterThan(1e-5);
  });

  test("not on the source's padding: neither its ids nor its length", () => {
    const model = build();
    const short = logitsOf(model, target, { ids: idsOf([1, 2, 3]) });
    expect(largest(logitsOf(model, target, { ids: idsOf([1, 2, 3, 9, 8]), lengths: [3] }), short)).toBeLessThan(1e-5);
    expect(largest(logitsOf(model, target, { ids: idsOf([1, 2, 3, 9, 8]) }), short)).toBeGreaterThan(1e-4);
  });

  test("encode gives what the decoder reads", () => {
    expect(build().encode(source()).shape).toEqual([2, 5, 8]);
  });
});

const positions = {
  sinusoidal: sinusoidal({ layout: "interleaved" }),
  learned: learned({ deviation: 0.3 }),
  rope: rope({ base: 10000, pairing: "half", fraction: 1 }),
  alibi: alibi({ form: "symmetric" }),
  shaw: shaw({ clip: 2, values: "separate", sides: "query", perLayer: true }),
};

describe("step by step", () => {
  const cases = (["pre", "post"] as const).flatMap((norm) =>
    (Object.keys(positions) as (keyof typeof positions)[]).map((position) => [norm, position] as const),
  );
  test.each(cases)("%s-norm, %s: the source projected once, logits equal the whole computation's", (norm, name) => {
    const model = build({ norm, position: positions[name], keyValueHeads: 1, normKind: "rms", activation: "swiglu" });
    const from = source();
    const ids = [...target, ...target.toReversed()];
    const want = logitsOf(model, ids, from);
    let held = { state: model.start(from), logits: tensor2d([[0]]) };
    const keys = held.state.memories[0]?.k;
    for (let n = 0; n < 6; n++) {
      held = carry(held, ({ state }) => model.step(state, tensor1d([ids[n]!, ids[6 + n]!], "int32")));
      for (const row of [0, 1]) {
        const got = rows(held.logits.dataSync(), row, 1);
        expect(largest(got, rows(want, row * 6 + n, 1))).toBeLessThan(1e-5);
      }
    }
    expect(held.state.memories[0]?.k).toBe(keys);
    expect(held.state.position).toBe(6);
  });

  test("decoding with and without the cache gives the same tokens, also beams, and leaks nothing", async () => {
    const model = build({ layers: 1 });
    const from = { ids: source().ids, lengths: [5, 3] };
    const before = memory().numTensors;
    const options = { model: conditioned(model, from), prompts: [[1], [1]], maxTokens: 8, strategy: greedy(), seed: 1 };
    const cached = await decodeBatch({ ...options, cached: true });
    expect(await decodeBatch({ ...options, cached: false })).toEqual(cached);
    expect(cached[0]).toHaveLength(8);
    const beams = {
      ...options,
      maxTokens: 4,
      beams: 3,
      stop: [0],
      lengthPenalty: { rule: "power", alpha: 0 },
    } as const;
    const found = await beamSearch({ ...beams, cached: true });
    const ids = (hypotheses: typeof found) => hypotheses.map(([best]) => best?.ids);
    expect(ids(await beamSearch({ ...beams, cached: false }))).toEqual(ids(found));
    expect(memory().numTensors).toBe(before);
  });
});

describe("bad input", () => {
  test.each<[Partial<EncoderDecoderOptions>, string]>([
    [{ attention: mixing({}) }, 'mixing attention cannot honour "causal": it mixes all positions'],
    [
      { attention: longformer({ before: 2, after: 2 }) },
      'longformer attention cannot honour "crossAttention": a window is centred',
    ],
    [
      { attention: [full({}), full({})] },
      "decoderAttention must be given where attention is a list for the encoder, got none",
    ],
    [{ decoderAttention: [full({})] }, "a list of attentions must have one for each of the 2 layers, got 1"],
    [{ decoderLayers: 0 }, "encoder-decoder transformer: decoderLayers must be a positive integer, got 0"],
    [{ sourceVocabulary: 0 }, "encoder-decoder transformer: sourceVocabulary must be a positive integer, got 0"],
    [{ heads: 3 }, "encoder-decoder transformer: dModel 8 must be a multiple of heads, got 3"],
  ])("%#: one sentence", (options, sentence) => {
    expect(() => build(options)).toThrow(sentence);
  });

  test("another variant on each side", () => {
    const window = longformer({ before: 2, after: 2 });
    const model = build({ attention: [window, full({})], decoderAttention: window, crossAttention: full({}) });
    expect(logitsOf(model, target, source())).toHaveLength(6 * vocabulary);
  });

  test.each<[readonly number[], string]>([
    [[5], "encoder-decoder transformer: there must be 2 source lengths, got 1"],
    [[5, 0], "encoder-decoder transformer: source lengths must be from 1 to 5, got 0"],
    [[6, 1], "encoder-decoder transformer: source lengths must be from 1 to 5, got 6"],
  ])("source lengths %j", (lengths, sentence) => {
    expect(() => logitsOf(build(), target, { ...source(), lengths })).toThrow(sentence);
  });

  test("sequences too long name their side, and ids outside the vocabulary are refused", () => {
    const from: Source = { ids: idsOf([1, 2]) };
    expect(() => logitsOf(build(), someIds(17), from)).toThrow(
      "(decoder): a sequence must have at most maxLength 16 tokens, got 17",
    );
    expect(() => logitsOf(build(), target, { ids: idsOf(someIds(17)) })).toThrow(
      "(encoder): a sequence must have at most maxLength 16",
    );
    expect(() => logitsOf(build(), [vocabulary], from)).toThrow(
      "embedding embedding: an id must be from 0 to 10, got 11",
    );
  });
});

test("building, computing and stepping leave nothing but parameters and results", () => {
  const from = source();
  const leaked = countLeaks(() => {
    const model = build({ position: positions.shaw, tied: false });
    const ids = idsOf(target, 2);
    expect(countLeaks(() => model.logits(ids, from, { training: true, step: 3 }))).toBe(1);
    const state = model.start(from);
    carry(state, (held) => model.step(held, tensor1d([1, 2], "int32")).state);
    dispose(model);
  });
  // The ids, the logits, and the state: 2 layers' cache, the source's keys and values for each, its padding.
  expect(leaked).toBe(1 + 1 + 4 + 4 + 1);
});
