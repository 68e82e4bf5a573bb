import { ones, type Tensor2D } from "@tensorflow/tfjs-core";
import { identity, MultiHeadAttention } from "@attention-lab/attention";
import { scope } from "@attention-lab/tensors";
import { describe, expect, test } from "vitest";
import { type Able, basic, everything, freed, input, layer, tidyLayers } from "./toy-layer.ts";

tidyLayers();

describe("refusals", () => {
  const floor = () => {
    const mha = new MultiHeadAttention({ ...basic, attention: identity({}) });
    freed(mha as unknown as MultiHeadAttention);
    return mha;
  };

  test("of memory come with the variant's sentence, also where lengths agree", () => {
    const sentence = identity.supports.crossAttention;
    const mha = floor();
    for (const length of [3, 5]) {
      expect(() => scope("test", () => mha.call(input(3), { memory: input(length, 2) }))).toThrow(
        `identity attention cannot honour "crossAttention": ${sentence}`,
      );
    }
  });

  test("of padding come at the call", () => {
    const mha = layer({ attention: everything({ supports: { keyPadding: "no room" } }) });
    expect(() => scope("test", () => mha.call(input(3), { keyPadding: ones([2, 3]) as Tensor2D }))).toThrow(
      'toy attention cannot honour "keyPadding": no room',
    );
  });

  test.each([
    [{ causal: true }, { causal: "no" }, "causal"],
    [{ keyValueHeads: 1 }, { groupedQuery: "no" }, "groupedQuery"],
    [{ dropout: 0.1 }, { dropout: "no" }, "dropout"],
    [
      { position: { name: "p", parameters: {}, bias: { at: () => ones([2, 1]) as Tensor2D } } },
      { scoreBias: "no" },
      "scoreBias",
    ],
  ] as const)("of %o come at the build", (asked, supports, feature) => {
    expect(() => layer({ ...(asked as object), attention: everything({ supports }) })).toThrow(
      `toy attention cannot honour "${feature}": no`,
    );
  });

  test.each([
    [{ heads: 3 }, "multi-head attention mha: heads must divide dModel (8) unless headDim is given, got 3"],
    [{ heads: 4, keyValueHeads: 3 }, "multi-head attention mha: keyValueHeads must divide heads (4), got 3"],
    [{ heads: 0 }, "multi-head attention mha: heads must be a positive integer, got 0"],
    [{ dropout: 1 }, "multi-head attention mha: dropout must be at least 0 and below 1, got 1"],
    [{ maxLength: 0 }, "multi-head attention mha: maxLength must be a positive integer, got 0"],
  ])("of sizes: %o", (options, sentence) => {
    expect(() => layer(options as Partial<Able>)).toThrow(sentence);
  });

  test("of steps where the site is not causal", () => {
    expect(() => layer().start(1)).toThrow(
      "multi-head attention mha: decoding step by step needs causal: true, got false",
    );
    expect(layer().stepwise).toBe(false);
  });
});
