import "@tensorflow/tfjs"; // registers a backend
import { oneHot, type Tensor3D } from "@tensorflow/tfjs-core";
import { decode, sample, type LanguageModel } from "@attention-lab/decoders";

// Any object with these members; DecoderOnlyTransformer of @attention-lab/models is one.
const logits: LanguageModel["logits"] = (ids) => oneHot(ids, 5, 9, 0, "float32") as Tensor3D; // [B,N,V]
const parrot: LanguageModel = { vocabulary: 5, maxLength: 32, logits };
const strategy = sample({ temperature: 0.8, topK: 40, topP: 0.95 });
for await (const id of decode({ model: parrot, prompt: [1, 2], maxTokens: 10, strategy, seed: 1, stop: [0] })) {
  console.log(id);
}
