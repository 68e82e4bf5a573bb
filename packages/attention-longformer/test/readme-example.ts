import "@tensorflow/tfjs"; // registers a backend and the gradients
import type { Tensor3D } from "@tensorflow/tfjs-core";
import { MultiHeadAttention } from "@attention-lab/attention";
import { initialiseGlobalFromLocal, longformer } from "@attention-lab/attention-longformer";
import { randomNormal } from "@attention-lab/tensors";

const attention = longformer({ before: 8, after: 8, dilation: [1, 1, 2, 2], global: true });
const mha = new MultiHeadAttention({ name: "mha", attention, dModel: 64, heads: 4, maxLength: 512, seed: 1 });
initialiseGlobalFromLocal(mha.parameters());
const x = randomNormal(2, [1, 200, 64]) as Tensor3D; // [B,N,dModel]
const y = mha.call(x, { globals: [[0]] }); // the first token sees all, all see it
console.log(y.shape, attention.cost(mha.site, { batch: 1, queries: 200, keys: 200 }));
