import { learned, rope, sinusoidal } from "@attention-lab/position-encodings";
import { countLeaks, normalValues } from "@attention-lab/tensors";
import { onesLike, setBackend, tensor, type Tensor3D, tidy, zeros, zerosLike } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { type DecoderOnlyOptions, DecoderOnlyTransformer } from "../src/index.ts";
import { build, dispose, idsOf, largest, logitsOf, someIds, tiny, vocabulary } from "./tiny-model.ts";
import { mixing, textbook } from "./toy-variants.ts";

beforeAll(async () => {
  await setBackend("cpu");
});

describe("parameters", () => {
  test("pre-norm, tied: dotted names, one final norm, no unembedding", () => {
    const names = Object.keys(build({ layers: 1, position: learned({ deviation: 0.02 }) }).parameters());
    const linear = (name: string) => [`${name}.weight`, `${name}.bias`];
    expect(names).toEqual([
      "embedding.weight",
      "position.weight",
      ...["query", "key", "value", "output"].flatMap((role) => linear(`blocks.0.attention.${role}`)),
      ...linear("blocks.0.attentionNorm"),
      ...["up", "down"].flatMap((role) => linear(`blocks.0.feedForward.${role}`)),
      ...linear("blocks.0.feedForwardNorm"),
      ...linear("norm"),
    ]);
  });

  test("post-norm has no final norm; untied has weights of its own", () => {
    const names = Object.keys(build({ norm: "post", tied: false }).parameters());
    expect(names).not.toContain("norm.weight");
    expect(names.slice(-2)).toEqual(["unembedding.weight", "unembedding.bias"]);
    expect(names).toContain("blocks.1.attention.query.weight");
  });

  test("follow from the seed, and no two layers share theirs", () => {
    const values = (seed: number, name: string) => [...(build({ seed }).parameters()[name]?.dataSync() ?? [])];
    expect(values(1, "blocks.0.feedForward.up.weight")).toEqual(values(1, "blocks.0.feedForward.up.weight"));
    expect(values(1, "blocks.0.feedForward.up.weight")).not.toEqual(values(2, "blocks.0.feedForward.up.weight"));
    expect(values(1, "blocks.0.attention.query.weight")).not.toEqual(values(1, "blocks.1.attention.query.weight"));
    expect(values(1, "blocks.0.attention.query.weight")).not.toEqual(values(1, "blocks.0.attention.key.weight"));
  });
});

describe("logits", () => {
  test("without blocks' influence: the tied unembedding scores the normed embedding, scaled only if asked", () => {
    for (const scaleEmbeddings of [false, true]) {
      const model = build({ norm: "post", layers: 1, scaleEmbeddings });
      const parameters = model.parameters();
      // A last norm of weight 0 and bias b makes every position's output b: logits are the table times b.
      const bias = normalValues(3, 8);
      parameters["blocks.0.feedForwardNorm.weight"]?.assign(tensor(new Float32Array(8)));
      parameters["blocks.0.feedForwardNorm.bias"]?.assign(tensor(bias));
      const table = parameters["embedding.weight"]?.dataSync() ?? [];
      const want = Array.from({ length: vocabulary }, (_, id) =>
        bias.reduce((total, b, i) => total + b * (table[id * 8 + i] ?? 0), 0),
      );
      expect(largest(logitsOf(model, [4]), want)).toBeLessThan(1e-5);
    }
    expect(largest(logitsOf(build(), [4, 2]), logitsOf(build({ scaleEmbeddings: true }), [4, 2]))).toBeGreaterThan(
      1e-3,
    );
  });

  test.each(["pre", "post"] as const)("%s-norm: the future has no influence, the past has", (norm) => {
    const model = build({ norm });
    const ids = someIds(9);
    const before = logitsOf(model, ids);
    for (const changed of [2, 5, 8]) {
      const after = logitsOf(
        model,
        ids.map((id, index) => (index === changed ? (id + 1) % vocabulary : id)),
      );
      const rows = Array.from({ length: 9 }, (_, row) =>
        largest(
          before.slice(row * vocabulary, (row + 1) * vocabulary),
          after.slice(row * vocabulary, (row + 1) * vocabulary),
        ),
      );
      expect(Math.max(0, ...rows.slice(0, changed))).toBeLessThan(1e-6);
      expect(Math.min(...rows.slice(changed))).toBeGreaterThan(1e-5);
    }
  });

  test("the order of earlier tokens matters with each position encoding, and not without one", () => {
    const positions = [
      sinusoidal({ layout: "half" }),
      learned({ deviation: 0.5 }),
      rope({ base: 100, pairing: "half", fraction: 1 }),
    ];
    const last = (model: DecoderOnlyTransformer, ids: number[]) => logitsOf(model, ids).slice(-vocabulary);
    for (const position of positions) {
      const model = build({ position, layers: 1 });
      expect(largest(last(model, [1, 2, 3]), last(model, [2, 1, 3]))).toBeGreaterThan(1e-4);
    }
    const { position: _, ...bare } = tiny;
    const model = new DecoderOnlyTransformer({ ...bare, layers: 1 });
    expect(largest(last(model, [1, 2, 3]), last(model, [2, 1, 3]))).toBeLessThan(1e-5);
  });

  test("batch rows do not touch each other", () => {
    const model = build();
    const [a, b] = [someIds(5, 1), someIds(5, 2)];
    const both = logitsOf(model, [...a, ...b], 2);
    expect(largest(both.slice(0, 5 * vocabulary), logitsOf(model, a))).toBeLessThan(1e-5);
    expect(largest(both.slice(5 * vocabulary), logitsOf(model, b))).toBeLessThan(1e-5);
  });

  test("dropout acts in training only, by step", () => {
    const model = build({ dropout: 0.3 });
    const run = (training: boolean, step: number) =>
      tidy(() => model.logits(idsOf([1, 2, 3]), { training, step })).dataSync();
    expect(run(false, 0)).toEqual(run(false, 1));
    expect(run(true, 1)).toEqual(run(true, 1));
    expect(largest(run(true, 1), run(true, 2))).toBeGreaterThan(1e-3);
    expect(largest(run(true, 1), run(false, 1))).toBeGreaterThan(1e-3);
  });
});

test("a block's two branches drop different values, and two blocks do too", () => {
  const model = build({ dropout: 0.5, layers: 2, norm: "pre" });
  // With weights of 0 and biases of 1 a branch is all ones, so that its mask is what it adds: 0 or 2.
  const added = model.blocks.map((block) => {
    for (const [name, parameter] of Object.entries(block.parameters())) {
      if (/(attention.output|feedForward.down)\.weight$/.test(name)) parameter.assign(zerosLike(parameter));
      if (/(attention.output|feedForward.down)\.bias$/.test(name)) parameter.assign(onesLike(parameter));
    }
    return tidy(() => block.call(zeros([2, 8, 8]) as Tensor3D, { training: true, step: 1 })).dataSync();
  });
  for (const sums of added) expect(new Set(sums)).toEqual(new Set([0, 2, 4]));
  expect(largest(added[0] ?? [], added[1] ?? [])).toBeGreaterThan(1);
});

describe("bad input", () => {
  test.each<[Partial<DecoderOnlyOptions>, string]>([
    [{ attention: mixing({}) }, 'mixing attention cannot honour "causal": it mixes all positions'],
    [{ attention: [textbook({}), mixing({})] }, 'mixing attention cannot honour "causal": it mixes all positions'],
    [{ attentionDropout: 0.1 }, 'textbook attention cannot honour "dropout": the toy has no such thing'],
    [{ attention: [textbook({})] }, "a list of attentions must have one for each of the 2 layers, got 1"],
    [{ heads: 3 }, "decoder-only transformer: dModel 8 must be a multiple of heads, got 3"],
    [{ layers: 0 }, "decoder-only transformer: layers must be a positive integer, got 0"],
    [{ vocabulary: 0 }, "decoder-only transformer: vocabulary must be a positive integer, got 0"],
    [{ dropout: 1 }, "rate must be in [0, 1), got 1"],
  ])("%#: one sentence", (options, sentence) => {
    expect(() => build(options)).toThrow(sentence);
  });

  test("a sequence longer than maxLength is refused", () => {
    expect(() => logitsOf(build(), someIds(17))).toThrow("a sequence must have at most maxLength 16 tokens, got 17");
  });
});

test("building, computing and stepping leave nothing but parameters and results", () => {
  const leaked = countLeaks(() => {
    const model = build({ position: learned({ deviation: 0.1 }), tied: false, dropout: 0.1 });
    const ids = idsOf([1, 2, 3, 4], 2);
    expect(countLeaks(() => model.logits(ids, { training: true, step: 3 }).dispose())).toBe(0);
    expect(countLeaks(() => model.logits(ids))).toBe(1);
    dispose(model);
  });
  // The ids and the one result that was kept on purpose.
  expect(leaked).toBe(2);
});
