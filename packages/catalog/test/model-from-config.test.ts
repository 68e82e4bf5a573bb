import { setBackend, tensor2d } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { modelFromConfig, positionFromConfig } from "../src/index.ts";

beforeAll(async () => {
  await setBackend("cpu");
});

const shared = { vocabulary: 9, dModel: 8, heads: 2, feedForward: 12, maxLength: 16, dropout: 0, seed: 1 };
const decoder = {
  kind: "decoder-only",
  ...shared,
  layers: 3,
  norm: "pre",
  activation: "swiglu",
  tied: true,
  attention: [
    { name: "longformer", before: 2, after: 0 },
    { name: "longformer", before: 4, after: 0 },
    { name: "full" },
  ],
  position: { name: "rope", pairing: "half" },
};
const encoder = {
  kind: "encoder-only",
  ...shared,
  layers: 1,
  norm: "post",
  activation: "relu",
  maskedTokens: true,
  attention: { name: "full" },
  position: { name: "shaw", clip: 3 },
};
const pairs = {
  kind: "encoder-decoder",
  ...shared,
  layers: 1,
  attention: { name: "full" },
  position: { name: "sinusoidal" },
};
const ids = () => tensor2d([[1, 2, 3, 4]], [1, 4], "int32");

describe("a model from plain data", () => {
  test("each kind, with variants by name and mixed by layer", () => {
    for (const config of [decoder, encoder, pairs]) {
      const read = modelFromConfig(JSON.parse(JSON.stringify(config)));
      expect(read.kind).toBe(config.kind);
      const logits =
        read.kind === "encoder-decoder" ? read.model.logits(ids(), { ids: ids() }) : read.model.logits(ids());
      expect(logits.shape).toEqual([1, 4, 9]);
    }
    const { model } = modelFromConfig(decoder) as {
      model: { blocks: readonly { attention: { attention: { name: string } } }[] };
    };
    expect(model.blocks.map((block) => block.attention.attention.name)).toEqual(["longformer", "longformer", "full"]);
  });

  test.each<[object, string]>([
    [{ kind: "decoder" }, "model: kind must be one of decoder-only, encoder-only, encoder-decoder"],
    [{ attention: { name: "ful" } }, "(did you mean full?)"],
    [{ attention: { name: "nystromformer", landmarks: 4 } }, 'nystromformer attention cannot honour "causal"'],
    [{ attention: [{ name: "full" }] }, "a list of attentions must have one for each of the 3 layers, got 1"],
    [{ position: { name: "ropes" } }, "(did you mean rope?)"],
    [{ position: { name: "alibi" }, attention: { name: "linear" } }, 'linear attention cannot honour "scoreBias"'],
    [{ position: { name: "shaw" }, attention: { name: "linear" } }, 'linear attention cannot honour "relativeContent"'],
    [{ layer: 3 }, "decoder-only: "],
    [{ tied: "yes" }, "decoder-only: "],
  ])("%j: one sentence", (change, sentence) => {
    expect(() => modelFromConfig({ ...decoder, ...change })).toThrow(sentence);
  });

  test("what is no config at all", () => {
    expect(() => modelFromConfig("full")).toThrow("model: a config must be an object");
    expect(() => positionFromConfig(undefined)).toThrow(
      "position: a config must be an object such as { name: 'rope' }, got undefined",
    );
  });
});
