import "@tensorflow/tfjs"; // registers a backend and the gradients
import { tensor2d } from "@tensorflow/tfjs-core";
import { bahdanau } from "@attention-lab/attention-seq2seq";
import { conditioned, decodeBatch, greedy } from "@attention-lab/decoders";
import { RecurrentSeq2Seq } from "@attention-lab/models";

const context = { attend: "before", attention: bahdanau({ units: 64 }) } as const; // or "fixed"
const sizes = { vocabulary: 40, sourceVocabulary: 60, embedding: 32, units: 64, layers: 1 };
const model = new RecurrentSeq2Seq({ ...sizes, cell: "gru", bidirectional: true, context, dropout: 0.1, seed: 1 });
const source = { ids: tensor2d([3, 14, 15, 9, 2, 6, 0, 0], [2, 4], "int32"), lengths: [4, 2] };
const logits = model.logits(tensor2d([1, 7, 1, 8], [2, 2], "int32"), source); // [B,T,V], teacher-forced
const [maxTokens, strategy] = [5, greedy()];
const ids = await decodeBatch({ model: conditioned(model, source), prompts: [[1], [1]], maxTokens, strategy, seed: 1 });
const looked = model.weights(tensor2d([1, 7, 1, 8], [2, 2], "int32"), source); // [B,T,M], for pictures
console.log(logits.shape, ids.length, looked?.shape); // [2, 2, 40], 2, [2, 2, 4]
