import { dispose, type Tensor2D, tensor2d } from "@tensorflow/tfjs-core";
import { full } from "@attention-lab/attention-full";
import { longformer } from "@attention-lab/attention-longformer";
import { performer } from "@attention-lab/attention-performer";
import { DecoderOnlyTransformer } from "@attention-lab/models";
import { rope } from "@attention-lab/position-encodings";
import { adamW, languageModelling, Trainer, warmupConstant } from "@attention-lab/training";
import { expect, test } from "vitest";
import { engines, testedBackends, useTested } from "./tested-backends.ts";

const [vocabulary, length, steps] = [11, 24, 8];
const attention = [
  full({}),
  longformer({ before: 5, after: 0 }),
  performer({ features: 16, map: "positive", orthogonal: true }),
];

/** Batch `index`: rows that count up modulo the vocabulary, each with its own stride. */
function batch(index: number): { inputs: Tensor2D; targets: Tensor2D } {
  const rows = (ahead: number): number[][] =>
    [1, 2, 3].map((stride) => Array.from({ length }, (_, i) => (index + stride * (i + ahead)) % vocabulary));
  return { inputs: tensor2d(rows(0), undefined, "int32"), targets: tensor2d(rows(1), undefined, "int32") };
}

/** Losses of the first steps of a decoder with three kinds of attention, from the same weights and batches. */
async function losses(): Promise<number[]> {
  const sizes = { vocabulary, maxLength: length, dModel: 16, heads: 2, feedForward: 32, layers: attention.length };
  const kind = {
    attention,
    position: rope(rope.parse({})),
    norm: "pre",
    activation: "geluErf",
    dropout: 0.1,
    tied: true,
  } as const;
  const model = new DecoderOnlyTransformer({ ...sizes, ...kind, seed: 3 });
  const task = { name: "strides", batch, validationBatches: 1, validationBatch: batch };
  const trainer = new Trainer({
    objective: languageModelling(model, task),
    schedule: warmupConstant({ base: 0.01, warmup: 2 }),
    optimizer: adamW({ weightDecay: 0.01 }),
    clipNorm: 1,
    run: "strides",
  });
  const found: number[] = [];
  while (found.length < steps) found.push((await trainer.trainStep()).loss);
  trainer.dispose();
  dispose(Object.values(model.parameters()));
  return found;
}

const [reference = "cpu", ...others] = engines;

test.each([...new Set([...others, ...testedBackends])].filter((name) => name !== reference))(
  `a short training on %s has the losses of the one on ${reference}`,
  async (name) => {
    await useTested(reference);
    const wanted = await losses();
    await useTested(name);
    const got = await losses();
    expect(wanted.at(-1)).toBeLessThan(0.8 * (wanted[0] ?? 0));
    for (const [step, loss] of wanted.entries()) expect(got[step], `step ${step}`).toBeCloseTo(loss, 4);
  },
);
