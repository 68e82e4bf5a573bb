import "@tensorflow/tfjs"; // registers a backend and the gradients
import type { Tensor3D } from "@tensorflow/tfjs-core";
import { MultiHeadAttention } from "@attention-lab/attention";
import { bahdanau } from "@attention-lab/attention-seq2seq";
import { randomNormal } from "@attention-lab/tensors";

const attention = bahdanau({ units: 64 }); // or luong({ score: "general" })
const layer = new MultiHeadAttention({ name: "align", attention, dModel: 32, heads: 1, maxLength: 50, seed: 1 });
const decoder = randomNormal(2, [8, 1, 32]) as Tensor3D; // [B,N,dModel], the decoder's state
const encoder = randomNormal(3, [8, 40, 32]) as Tensor3D; // [B,M,dModel], the source sequence
const context = layer.call(decoder, { memory: encoder }); // [B,N,dModel]
const weights = layer.weights(decoder, { memory: encoder }); // [B,1,N,M]: which source positions the step looks at
console.log(context.shape, weights.shape);
