import "@tensorflow/tfjs"; // registers a backend and the gradients
import type { Tensor3D } from "@tensorflow/tfjs-core";
import { MultiHeadAttention } from "@attention-lab/attention";
import { blockLocal, local } from "@attention-lab/attention-local";
import { randomNormal } from "@attention-lab/tensors";

const layer = { name: "mha", dModel: 64, heads: 4, maxLength: 512, seed: 1 };
const x = randomNormal(2, [1, 200, 64]) as Tensor3D; // [B,N,dModel]
for (const attention of [local({ before: 8, after: 8 }), blockLocal({ block: 16, lookBackward: 1, lookForward: 0 })]) {
  const mha = new MultiHeadAttention({ ...layer, attention });
  console.log(attention.name, mha.call(x).shape, attention.cost(mha.site, { batch: 1, queries: 200, keys: 200 }));
}
