import "@tensorflow/tfjs"; // registers a backend and the gradients
import { tensor } from "@tensorflow/tfjs-core";
import { deriveSeed, maskedSoftmax, prefixSum, randomNormal, scope, writeSafetensors } from "@attention-lab/tensors";

const weights = scope("weights", () => {
  const scores = randomNormal(deriveSeed(1, "scores"), [2, 3]); // the same numbers on every backend
  const visible = tensor([
    [1, 1, 0],
    [0, 0, 0],
  ]);
  return maskedSoftmax(scores, visible); // the second row sees nothing: zeros, not NaN
});
const cumulative = prefixSum(weights, -1);
const values = await cumulative.data<"float32">();
console.log(writeSafetensors([["cumulative", { dtype: "F32", shape: [2, 3], values }]]).length, "bytes");
