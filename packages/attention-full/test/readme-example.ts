import "@tensorflow/tfjs"; // registers a backend and the gradients
import type { Tensor3D } from "@tensorflow/tfjs-core";
import { MultiHeadAttention } from "@attention-lab/attention";
import { full } from "@attention-lab/attention-full";
import { randomNormal } from "@attention-lab/tensors";

const attention = full({ implementation: "fused" });
const grouped = { heads: 4, keyValueHeads: 2, causal: true };
const mha = new MultiHeadAttention({ name: "mha", attention, dModel: 64, ...grouped, maxLength: 128, seed: 1 });
const x = randomNormal(2, [8, 100, 64]) as Tensor3D; // [B,N,dModel]
const y = mha.call(x); // [B,N,dModel]
console.log(y.shape);
