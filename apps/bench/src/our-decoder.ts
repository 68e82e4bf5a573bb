import { tensor2d } from "@tensorflow/tfjs-core";
import { attentionFromConfig } from "@attention-lab/catalog";
import { decodeAll, greedy } from "@attention-lab/decoders";
import { DecoderOnlyTransformer } from "@attention-lab/models";
import { integers } from "@attention-lab/tensors";
import { adam, languageModelling, Trainer, warmupConstant } from "@attention-lab/training";
import type { DecoderCase } from "./contestant.ts";

/** A model on the current backend: `run` makes one training step, or decodes once. */
export interface MadeDecoder {
  run(): Promise<unknown>;
  dispose(): void;
}

export function makeDecoder(of: DecoderCase): MadeDecoder {
  const { vocabulary, layers, dModel, heads, feedForward, length } = of;
  const model = new DecoderOnlyTransformer({
    vocabulary,
    layers,
    dModel,
    heads,
    feedForward,
    maxLength: length,
    attention: attentionFromConfig({ name: "full" }),
    norm: "pre",
    activation: "geluErf",
    dropout: 0,
    tied: false,
    seed: 1,
  });
  const free = () => Object.values(model.parameters()).forEach((parameter) => parameter.dispose());
  if (of.kind === "decode") {
    const options = { model, prompt: [0], maxTokens: length - 1, strategy: greedy(), seed: 1 };
    return { run: () => decodeAll(options), dispose: free };
  }
  const trainer = new Trainer({
    objective: languageModelling(model, randomTokens(of)),
    optimizer: adam(),
    schedule: warmupConstant({ base: 1e-3, warmup: 0 }),
    run: "",
  });
  return {
    run: () => trainer.trainStep(),
    dispose() {
      trainer.dispose();
      free();
    },
  };
}

/** The same batch of random tokens at every step. */
function randomTokens({ vocabulary, length, batch }: DecoderCase) {
  const ids = (seed: number) => tensor2d(integers(seed, batch * length, vocabulary), [batch, length], "int32");
  const tokens = () => ({ inputs: ids(1), targets: ids(2) });
  return { name: "random tokens", batch: tokens, validationBatches: 0, validationBatch: tokens };
}

/** Mean seconds of the case's repeats. */
export async function timeDecoder(decoder: MadeDecoder, repeats: number): Promise<number> {
  const started = performance.now();
  for (let i = 0; i < repeats; i++) await decoder.run();
  return (performance.now() - started) / 1000 / repeats;
}
