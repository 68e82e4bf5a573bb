import { softmaxCrossEntropy } from "@attention-lab/ops";
import { learned, rope, shaw } from "@attention-lab/position-encodings";
import { normalValues } from "@attention-lab/tensors";
import {
  add,
  mul,
  reshape,
  type Scalar,
  setBackend,
  sum,
  tensor,
  tensor1d,
  type Tensor1D,
  type Tensor2D,
} from "@tensorflow/tfjs-core";
import { beforeAll, describe, test } from "vitest";
import { type DecoderOnlyOptions, EncoderDecoderTransformer, EncoderOnlyTransformer } from "../src/index.ts";
import { checkGradients } from "./check-gradients.ts";
import { build, encoder, idsOf, pairs, someIds, vocabulary } from "./tiny-model.ts";

beforeAll(async () => {
  await setBackend("cpu");
});

describe("gradients", () => {
  const cases: [string, Partial<DecoderOnlyOptions>][] = [
    ["pre-norm, tied", {}],
    ["post-norm, untied, relu", { norm: "post", tied: false, activation: "relu" }],
    [
      "pre-norm, learned positions, grouped heads",
      { position: learned({ deviation: 0.1 }), heads: 4, keyValueHeads: 1, activation: "geluErf" },
    ],
    [
      "post-norm, rope, scaled embeddings",
      { norm: "post", position: rope({ base: 10, pairing: "interleaved", fraction: 0.5 }), scaleEmbeddings: true },
    ],
  ];
  test.each(cases)("%s: every parameter's agrees with a central difference", (_, options) => {
    const model = build(options);
    const inputs = idsOf(someIds(10, 3), 2);
    const targets = tensor1d(someIds(10, 4), "int32");
    const loss = () =>
      softmaxCrossEntropy(reshape(model.logits(inputs), [10, vocabulary]) as Tensor2D, targets as Tensor1D) as Scalar;
    // A wider difference would step over some of relu's kinks; a narrower one costs float32 digits.
    checkGradients(model.parameters(), loss, options.activation === "relu" ? 2e-4 : 2e-3);
  });

  test("swiglu, RMSNorm, no biases", () => {
    const model = build({ activation: "swiglu", normKind: "rms", bias: false, headDim: 6 });
    const inputs = idsOf(someIds(10, 3), 2);
    const loss = () => sum<Scalar>(mul(model.logits(inputs), tensor(normalValues(5, 110), [2, 5, 11])));
    checkGradients(model.parameters(), loss, 2e-3);
  });

  test("an encoder with padding, types, both heads and Shaw's tables", () => {
    const model = new EncoderOnlyTransformer({
      ...encoder,
      position: shaw({ clip: 2, values: "separate", sides: "query", perLayer: true }),
      embeddingNorm: true,
      tokenTypes: 2,
      maskedTokens: true,
      classes: 3,
    });
    const call = {
      padding: tensor([1, 1, 1, 1, 1, 1, 1, 1, 0, 0], [2, 5]) as Tensor2D,
      tokenTypes: idsOf([0, 1, 1, 0, 1, 1, 0, 0, 1, 1], 2),
    };
    const inputs = idsOf(someIds(10, 3), 2);
    const loss = () =>
      add<Scalar>(
        sum(mul(model.logits(inputs, call), tensor(normalValues(5, 110), [2, 5, 11]))),
        sum(mul(model.classify(inputs, call), tensor(normalValues(6, 6), [2, 3]))),
      );
    checkGradients(model.parameters(), loss, 1e-3);
  });

  test("an encoder-decoder, untied, with a vocabulary for each side", () => {
    const model = new EncoderDecoderTransformer({
      ...pairs,
      dropout: 0,
      activation: "geluErf",
      sourceVocabulary: 7,
      tied: false,
    });
    const source = { ids: idsOf([1, 2, 3, 4, 5, 6, 0, 1], 2), lengths: [4, 2] };
    const inputs = idsOf(someIds(10, 3), 2);
    const loss = () => sum<Scalar>(mul(model.logits(inputs, source), tensor(normalValues(5, 110), [2, 5, 11])));
    checkGradients(model.parameters(), loss, 1e-3);
  });
});
