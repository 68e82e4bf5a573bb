import "@tensorflow/tfjs"; // registers a backend and the gradients
import type { Tensor3D } from "@tensorflow/tfjs-core";
import { MultiHeadAttention } from "@attention-lab/attention";
import { bigbird, sparse } from "@attention-lab/attention-sparse";
import { randomNormal } from "@attention-lab/tensors";

const layer = { name: "mha", dModel: 64, heads: 4, maxLength: 512, seed: 1 };
const x = randomNormal(2, [1, 200, 64]) as Tensor3D; // [B,N,dModel]
const big = new MultiHeadAttention({ ...layer, attention: bigbird({ block: 16, random: 2 }) });
console.log(big.call(x).shape, big.attention.cost(big.site, { batch: 1, queries: 200, keys: 200 }));
const powersBack = sparse({ visible: (query, key) => query === key || Number.isInteger(Math.log2(query - key)) });
console.log(new MultiHeadAttention({ ...layer, attention: powersBack }).call(x).shape);
