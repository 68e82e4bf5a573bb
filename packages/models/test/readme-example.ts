import "@tensorflow/tfjs"; // registers a backend and the gradients
import { tensor2d } from "@tensorflow/tfjs-core";
import { full } from "@attention-lab/attention-full";
import { longformer } from "@attention-lab/attention-longformer";
import { DecoderOnlyTransformer, EncoderDecoderTransformer, EncoderOnlyTransformer } from "@attention-lab/models";
import { rope, sinusoidal } from "@attention-lab/position-encodings";

const [sizes, local] = [
  { dModel: 64, heads: 4, feedForward: 256, maxLength: 128, seed: 1 },
  longformer({ before: 16, after: 0 }),
];
const parts = { layers: 3, attention: [local, local, full({})], position: rope(rope.parse({})), dropout: 0.1 };
const modern = { ...parts, norm: "pre", normKind: "rms", activation: "swiglu", bias: false } as const;
const writer = new DecoderOnlyTransformer({ ...sizes, ...modern, vocabulary: 256, tied: true });
const reader = new EncoderOnlyTransformer({ ...sizes, ...modern, vocabulary: 256, maskedTokens: true, classes: 2 });
const original = { attention: full({}), position: sinusoidal(sinusoidal.parse({})) }; // 6 + 6 layers, post-norm, ReLU
const translator = new EncoderDecoderTransformer({ ...sizes, ...original, vocabulary: 256 });

const ids = tensor2d([[77, 111, 98, 121]], [1, 4], "int32");
console.log(writer.logits(ids).shape, reader.classify(ids).shape); // [B,N,V] and [B,classes]
console.log(translator.logits(ids, { ids, lengths: [3] }).shape); // target ids and source -> [B,N,V]
