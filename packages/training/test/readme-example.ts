import "@tensorflow/tfjs"; // registers a backend
import { reshape, tensor2d, type Tensor2D, type Tensor3D } from "@tensorflow/tfjs-core";
import { Embedding } from "@attention-lab/nn";
import { adamW, fit, languageModelling, Trainer, warmupCosine } from "@attention-lab/training";

// Any model with parameters() and logits(ids); DecoderOnlyTransformer of @attention-lab/models is one. This one is a bigram table.
const table = new Embedding({ name: "table", rows: 5, width: 5, seed: 1 });
const logits = (ids: Tensor2D) => reshape(table.call(ids), [ids.shape[0], ids.shape[1], 5]) as Tensor3D;
// Any source of batches; @attention-lab/tasks has many. In this one every token is followed by the next.
const batch = () => ({
  inputs: tensor2d([0, 1, 2, 3], [1, 4], "int32"),
  targets: tensor2d([1, 2, 3, -1], [1, 4], "int32"), // -1 is not counted
});
const task = { name: "next", batch, validationBatches: 1, validationBatch: batch };

const trainer = new Trainer({
  objective: languageModelling({ parameters: () => table.parameters(), logits }, task),
  schedule: warmupCosine({ base: 0.1, warmup: 5, total: 100 }),
  optimizer: adamW({ weightDecay: 0.01 }),
  clipNorm: 1,
  run: "what this run is: a checkpoint of another run is refused",
});
await fit({ trainer, steps: 60, evaluateEvery: 20, patience: 3 });
console.log(await trainer.evaluate()); // { loss, perplexity, accuracy }
const bytes = await trainer.checkpoint(); // safetensors
trainer.restore(bytes); // goes on bit for bit
