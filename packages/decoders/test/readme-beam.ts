import "@tensorflow/tfjs"; // registers a backend
import { gather, tensor2d, type Tensor, type Tensor3D } from "@tensorflow/tfjs-core";
import { beamSearch, type LanguageModel } from "@attention-lab/decoders";

// Greedily 1 goes to 2; but after 2 nothing is likely, and after 3 the end, 0, is certain.
const table = [
  [0, 0, 0, 0],
  [-9, 0.6, 1, 0.9],
  [0, 0, 0, 0],
  [9, 0, 0, 0],
];
const model: LanguageModel = {
  vocabulary: 4,
  maxLength: 16,
  logits: (ids) => gather<Tensor>(tensor2d(table), ids) as Tensor3D,
};
const lengthPenalty = { rule: "gnmt", alpha: 0.6 } as const;
const [best = []] = await beamSearch({
  model,
  prompts: [[1]],
  maxTokens: 5,
  beams: 4,
  results: 2,
  stop: [0],
  lengthPenalty,
});
for (const { ids, score, stopped } of best) console.log(ids, score.toFixed(3), stopped); // first [ 3, 0 ] -0.954 true
