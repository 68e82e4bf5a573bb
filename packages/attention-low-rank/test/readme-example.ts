import "@tensorflow/tfjs"; // registers a backend and the gradients
import type { Tensor3D } from "@tensorflow/tfjs-core";
import { MultiHeadAttention } from "@attention-lab/attention";
import { linformer } from "@attention-lab/attention-low-rank";
import { randomNormal } from "@attention-lab/tensors";

const attention = linformer({ rank: 32, sharing: "headwise" });
const mha = new MultiHeadAttention({ name: "mha", attention, dModel: 64, heads: 4, maxLength: 512, seed: 1 });
const x = randomNormal(2, [1, 512, 64]) as Tensor3D; // [B,N,dModel]
const y = mha.call(x); // [B,N,dModel]
console.log(y.shape, Object.keys(mha.parameters())); // ..., mechanism.key.projection, mechanism.value.projection
