import "@tensorflow/tfjs"; // registers a backend and the gradients
import { tensor2d } from "@tensorflow/tfjs-core";
import { full } from "@attention-lab/attention-full";
import { DecoderOnlyTransformer } from "@attention-lab/models";
import { rope } from "@attention-lab/position-encodings";

const sizes = { vocabulary: 256, dModel: 64, heads: 4, layers: 2, feedForward: 256, maxLength: 128 };
const parts = { attention: full(full.parse({})), position: rope(rope.parse({})), activation: "geluTanh" } as const;
const model = new DecoderOnlyTransformer({ ...sizes, ...parts, norm: "pre", tied: true, dropout: 0.1, seed: 1 });
const logits = model.logits(tensor2d([[77, 111, 98, 121]], [1, 4], "int32")); // [B,N,V]
console.log(logits.shape, Object.keys(model.parameters()).length);
