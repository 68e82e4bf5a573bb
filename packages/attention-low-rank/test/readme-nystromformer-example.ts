import "@tensorflow/tfjs"; // registers a backend and the gradients
import type { Tensor3D } from "@tensorflow/tfjs-core";
import { MultiHeadAttention } from "@attention-lab/attention";
import { nystromformer } from "@attention-lab/attention-low-rank";
import { randomNormal } from "@attention-lab/tensors";

const attention = nystromformer({ landmarks: 32, convolution: 33 });
const mha = new MultiHeadAttention({ name: "mha", attention, dModel: 64, heads: 4, maxLength: 500, seed: 1 });
const x = randomNormal(2, [1, 500, 64]) as Tensor3D; // [B,N,dModel]: any length, 32 need not divide it
const y = mha.call(x); // [B,N,dModel]
console.log(y.shape, Object.keys(mha.parameters())); // ..., mechanism.convolution
