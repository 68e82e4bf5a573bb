import "@tensorflow/tfjs"; // registers a backend and the gradients
import { grads, sum, type Tensor, type Tensor4D } from "@tensorflow/tfjs-core";
import { countVisible, patternAttention, type Pattern } from "@attention-lab/ops";
import { randomNormal } from "@attention-lab/tensors";

const pattern: Pattern = { causal: true, window: { before: 16, after: 0, dilation: 1 } };
const [q, k, v] = [1, 2, 3].map((seed) => randomNormal(seed, [1, 4, 128, 32])) as [Tensor4D, Tensor4D, Tensor4D]; // [B,H,N,D]
const attend = (q: Tensor, k: Tensor, v: Tensor): Tensor =>
  patternAttention(
    { q: q as Tensor4D, k: k as Tensor4D, v: v as Tensor4D },
    { pattern, scale: 32 ** -0.5, queryOffset: 0 },
  );
const [dq] = grads((q: Tensor, k: Tensor, v: Tensor) => sum(attend(q, k, v)))([q, k, v]);
const pairs = countVisible(pattern, { heads: 4, queries: 128, keys: 128, queryOffset: 0 });
console.log(attend(q, k, v).shape, dq?.shape, `${pairs} of ${4 * 128 * 128} pairs`);
