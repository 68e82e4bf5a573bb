import { createHash } from "node:crypto";
import { type AttentionConfig, attentionFromConfig, positions } from "@attention-lab/catalog";
import { DecoderOnlyTransformer } from "@attention-lab/models";
import { canonicalJson } from "@attention-lab/results";
import { mobyDick, textTask } from "@attention-lab/tasks";
import { deriveSeed } from "@attention-lab/tensors";
import { Trainer, warmupCosine } from "@attention-lab/training";

/** Everything that decides a training run, besides the engine. */
export interface LanguageRun {
  readonly attention: AttentionConfig;
  readonly layers: number;
  readonly dModel: number;
  readonly heads: number;
  readonly feedForward: number;
  readonly length: number;
  readonly batchSize: number;
  readonly steps: number;
  readonly warmup: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly clipNorm: number;
  readonly seed: number;
}

/** A model that learns to spell in about a minute on two cores. */
export const smallRun: Omit<LanguageRun, "attention"> = {
  layers: 4,
  dModel: 128,
  heads: 4,
  feedForward: 512,
  length: 256,
  batchSize: 8,
  steps: 300,
  warmup: 30,
  learningRate: 2e-3,
  weightDecay: 0.1,
  clipNorm: 1,
  seed: 1,
};

/** Options of a variant in the small model, where its own have no defaults; `--with` overrides them. */
export const variantDefaults: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  performer: { features: 64, map: "positive", orthogonal: true },
  longformer: { before: 64, after: 0 },
  linformer: { rank: 64, sharing: "none" },
};

/** Builds the decoder-only Transformer, the byte task on Moby-Dick and their trainer. Refusals are the variant's own sentences. */
export function prepare(run: LanguageRun) {
  const { attention, layers, dModel, heads, feedForward, length, seed } = run;
  const task = textTask({
    name: "moby-dick",
    text: mobyDick(),
    vocabulary: "byte",
    length,
    batchSize: run.batchSize,
    seed: deriveSeed(seed, "task"),
  });
  const model = new DecoderOnlyTransformer({
    vocabulary: task.vocabulary,
    dModel,
    heads,
    layers,
    feedForward,
    maxLength: length,
    attention: attentionFromConfig(attention),
    position: positions.rope(positions.rope.parse({})),
    norm: "pre",
    activation: "geluErf",
    tied: true,
    dropout: 0,
    seed: deriveSeed(seed, "model"),
  });
  const trainer = new Trainer({
    model: { parameters: () => model.parameters(), logits: (ids, phase) => model.call(ids, phase) },
    task,
    schedule: warmupCosine({ base: run.learningRate, warmup: run.warmup, total: run.steps + 1 }),
    adam: { weightDecay: run.weightDecay, beta2: 0.99 },
    clipNorm: run.clipNorm,
    run: runId(run),
  });
  return { task, model, trainer };
}

/** Identity of a run: its canonical description, hashed. */
export function runId(run: LanguageRun): string {
  return createHash("sha256").update(canonicalJson(run)).digest("hex").slice(0, 16);
}
