import "@tensorflow/tfjs"; // registers a backend and the gradients
import type { Tensor3D } from "@tensorflow/tfjs-core";
import { MultiHeadAttention } from "@attention-lab/attention";
import { linear } from "@attention-lab/attention-linear";
import { carry, randomNormal } from "@attention-lab/tensors";

const attention = linear({});
const mha = new MultiHeadAttention({
  name: "mha",
  attention,
  dModel: 64,
  heads: 4,
  causal: true,
  maxLength: 512,
  seed: 1,
});
const x = randomNormal(2, [1, 512, 64]) as Tensor3D; // [B,N,dModel]
const y = mha.call(x); // [B,N,dModel]
console.log(y.shape, attention.cost(mha.site, { batch: 1, queries: 512, keys: 512 }));

let state = mha.start(1); // 4 heads of 16 x 16 sums and 16 more: as large after a million positions
const next = randomNormal(3, [1, 1, 64]) as Tensor3D;
for (let position = 0; position < 3; position++) state = carry(state, (s) => mha.step(s, next, position).state);
