import { full } from "@attention-lab/attention-full";
import { longformer } from "@attention-lab/attention-longformer";
import { alibi, rope, shaw, t5 } from "@attention-lab/position-encodings";
import { normalValues } from "@attention-lab/tensors";
import { setBackend, tensor, type Tensor, type Tensor3D, tidy } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { BlockStack, type DecoderOnlyOptions, TransformerBlock } from "../src/index.ts";
import { build, largest, logitsOf, someIds, tiny } from "./tiny-model.ts";
import { textbook } from "./toy-variants.ts";

beforeAll(async () => {
  await setBackend("cpu");
});

const names = (options: Partial<DecoderOnlyOptions>) => Object.keys(build(options).parameters());
const ids = someIds(9);

describe("layers", () => {
  test("a list mixes variants", () => {
    const window = longformer({ before: 1, after: 0 });
    const mixed = build({ attention: [window, window, full({})], layers: 3 });
    expect(mixed.blocks.map(({ attention }) => attention.attention.name)).toEqual(["longformer", "longformer", "full"]);
    const far = (model: typeof mixed) => {
      const changed = logitsOf(model, ids.with(0, (ids[0]! + 1) % 11)).slice(-11);
      return largest(logitsOf(model, ids).slice(-11), changed);
    };
    expect(far(mixed)).toBeGreaterThan(1e-4);
    expect(far(build({ attention: window, layers: 3 }))).toBe(0);
  });

  test("without biases only norms have any", () => {
    const biases = names({ bias: false, tied: false, unembeddingBias: false }).filter((name) => name.endsWith(".bias"));
    expect(biases.every((name) => /norm\.bias$/i.test(name))).toBe(true);
    expect(biases).toHaveLength(5);
  });

  test("RMSNorm has no bias, and its epsilon is the one given", () => {
    expect(names({ normKind: "rms" }).some((name) => /norm\.bias$/i.test(name))).toBe(false);
    expect(names({ normKind: "rms" })).toContain("blocks.0.attentionNorm.weight");
    const [usual, large] = [build(), build({ normEpsilon: 0.5 })];
    expect(largest(logitsOf(usual, ids), logitsOf(large, ids))).toBeGreaterThan(1e-3);
  });

  test("swiglu has a gate; the final norm comes and goes as asked", () => {
    expect(names({ activation: "swiglu" })).toContain("blocks.1.feedForward.gate.weight");
    expect(names({ norm: "post", finalNorm: true })).toContain("norm.weight");
    expect(names({ norm: "pre", finalNorm: false })).not.toContain("norm.weight");
  });

  test("heads may be of another width than dModel / heads", () => {
    const shape = build({ heads: 3, headDim: 6 }).parameters()["blocks.0.attention.query.weight"]?.shape;
    expect(shape).toEqual([8, 18]);
  });

  test("hidden values of the feed-forward layer and attention weights are dropped where asked", () => {
    for (const rate of [{ feedForwardDropout: 0.5 }, { attentionDropout: 0.5, attention: full({}) }]) {
      const model = build(rate);
      const run = (step: number) =>
        tidy(() => model.logits(tensor([ids], [1, 9], "int32") as never, { training: true, step })).dataSync();
      expect(run(1)).toEqual(run(1));
      expect(largest(run(1), run(2))).toBeGreaterThan(1e-4);
      expect(largest(run(1), logitsOf(model, ids))).toBeGreaterThan(1e-4);
    }
  });
});

describe("positions", () => {
  test("Shaw's tables are each layer's own, or shared", () => {
    const options = { clip: 2, values: "separate", sides: "query" } as const;
    const attention = full({});
    const tables = (perLayer: boolean) =>
      names({ attention, position: shaw({ ...options, perLayer }) }).filter((name) => name.startsWith("position"));
    expect(tables(true)).toEqual(["position.0.keys", "position.0.values", "position.1.keys", "position.1.values"]);
    expect(tables(false)).toEqual(["position.keys", "position.values"]);
    const model = build({ attention, position: shaw({ ...options, perLayer: true }) });
    const { "position.0.keys": first, "position.1.keys": second } = model.parameters();
    expect(first?.dataSync()).not.toEqual(second?.dataSync());
    const before = logitsOf(model, ids);
    second?.assign(tensor(normalValues(1, 20), [5, 4]));
    expect(largest(before, logitsOf(model, ids))).toBeGreaterThan(1e-3);
  });

  test.each([
    [alibi({ form: "symmetric" }), "scoreBias"],
    [t5({ buckets: 4, maxDistance: 8, direction: "causal", biasScale: 1 }), "scoreBias"],
    [shaw(shaw.parse({})), "relativeContent"],
  ] as const)("%j is refused by a variant that has no scores for it, in its own sentence", (position, feature) => {
    expect(() => build({ position })).toThrow(
      `textbook attention cannot honour "${feature}": the toy has no such thing`,
    );
    expect(logitsOf(build({ position, attention: full({}) }), ids)).toHaveLength(99);
  });

  test("rotations fit the width of a head, whatever it is", () => {
    const position = rope({ base: 100, pairing: "half", fraction: 1 });
    expect(logitsOf(build({ position, headDim: 6 }), ids)).toHaveLength(99);
  });
});

describe("blocks and stacks", () => {
  const shape = { dModel: 8, heads: 2, feedForward: 12, maxLength: 16, dropout: 0, seed: 1, causal: false } as const;
  const style = { norm: "post", activation: "relu", name: "b" } as const;
  const x = (seed: number) => tensor(normalValues(seed, 24), [1, 3, 8]) as Tensor3D;

  test("cross-attention needs a memory, and reads it", () => {
    const block = new TransformerBlock({ ...shape, ...style, attention: full({}), crossAttention: full({}) });
    expect(() => block.call(x(1))).toThrow("transformer block b: cross-attention needs memory, got none");
    const run = (seed: number) => tidy(() => block.call(x(1), { memory: x(seed) }) as Tensor).dataSync();
    expect(largest(run(2), run(3))).toBeGreaterThan(1e-3);
  });

  test("a variant without cross-attention is refused there", () => {
    const crossAttention = textbook({});
    expect(() => new TransformerBlock({ ...shape, ...style, attention: full({}), crossAttention })).toThrow(
      'textbook attention cannot honour "crossAttention": the toy has no such thing',
    );
  });

  test("a stack without cross-attention has nothing to project", () => {
    const stack = new BlockStack({ ...shape, ...style, attentions: [full({})] });
    expect(() => stack.project(x(1))).toThrow("b: blocks.0 must attend to another sequence");
    expect(() => stack.start(1)).toThrow(
      "b: step-by-step decoding needs every layer to be stepwise, got one that is not",
    );
  });

  test("training without dropout gives the very numbers of evaluation", () => {
    const model = build({ ...tiny, dropout: 0 });
    const input = () => tensor([ids], [1, 9], "int32") as never;
    expect(tidy(() => model.logits(input(), { training: true, step: 4 })).dataSync()).toEqual(logitsOf(model, ids));
  });
});
