import "@tensorflow/tfjs"; // registers a backend and the gradients
import type { Tensor3D } from "@tensorflow/tfjs-core";
import { MultiHeadAttention } from "@attention-lab/attention";
import { performer, projectionDraw, redraw } from "@attention-lab/attention-performer";
import { randomNormal } from "@attention-lab/tensors";

const draw = projectionDraw();
const attention = performer({ features: 64, map: "positive", orthogonal: true, draw });
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
redraw(draw); // new random directions from the next call on
console.log(y.shape, attention.cost(mha.site, { batch: 1, queries: 512, keys: 512 }));
