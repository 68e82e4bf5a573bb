import "@tensorflow/tfjs"; // registers a backend and the gradients
import type { Tensor3D } from "@tensorflow/tfjs-core";
import { identity, MultiHeadAttention } from "@attention-lab/attention";
import { randomNormal } from "@attention-lab/tensors";

const attention = identity({}); // or full({}) of @attention-lab/attention-full, performer({...}), ...
const mha = new MultiHeadAttention({
  name: "mha",
  attention,
  dModel: 64,
  heads: 4,
  causal: true,
  maxLength: 128,
  seed: 1,
});
const x = randomNormal(2, [8, 100, 64]) as Tensor3D; // [B,N,dModel]
const y = mha.call(x); // [B,N,dModel]
console.log(y.shape, Object.keys(mha.parameters())); // query.weight, key.weight, value.weight, output.weight
