import { setImmediate as eventsHandled } from "node:timers/promises";
import { positiveCount } from "@attention-lab/attention";
import { defineProgram, type ProgramContext } from "@attention-lab/sweep";
import { fit, type Progress, readParameters, type Scores, type Trainer } from "@attention-lab/training";
import { z } from "zod";
import { fillRun } from "./defaults.ts";
import { makeSystem, makeTrainer } from "./prepare.ts";
import { parseRun, type Named, type Run, runSchema } from "./run.ts";

// A run as `attn train` reads it, but for the seed, which is the trial's. Parts that a run checks itself stay open here.
const { seed: _seed, evaluateEvery: _every, patience: _patience, ...runShape } = runSchema.shape;
const schema = z.strictObject({
  /** Free text, to name a curve by. */
  label: z.string().optional(),
  ...runShape,
  model: z.looseObject({}).optional(),
  labelSmoothing: z.looseObject({}).optional(),
  /** Scores after training at other sizes of the task. */
  evaluate: z
    .strictObject({
      at: z.array(positiveCount).min(1),
      /** Options of the task that take the size: `["length"]`, or `["length", "shortest"]` for sources of exactly so many symbols. */
      options: z.array(z.string()).min(1).default(["length"]),
      batches: positiveCount.default(8),
      batchSize: positiveCount.optional(),
      /** Another position encoding than in training, such as RoPE with scaling; null: the same. */
      position: runShape.position.unwrap().nullable().default(null),
    })
    .optional(),
  /** Steps between reports of the training loss. */
  reportEvery: positiveCount.default(10),
  checkpointEvery: positiveCount.default(50),
});
type Parameters = z.output<typeof schema>;

const finalBatches = 8;

/**
 * Trains a model on a task and scores it. Metrics: `loss`, `perplexity`, `accuracy` and where they have a meaning `exactMatch` and `bitsPerByte`, on
 * held-out data. Measurements: `trainingLoss` over the steps; the same scores over the sizes of `evaluate`. A crash costs the steps since the last checkpoint:
 * later ones are bitwise those of an unbroken run.
 */
export const training = defineProgram({
  name: "training",
  version: 1,
  parameters: schema,
  refuse(parameters) {
    runOf(parameters, 0); // a wrong word is an error of the plan
    return undefined;
  },
  async run(parameters, context) {
    const run = runOf(parameters, context.seed);
    const system = makeSystem(run);
    const trainer = makeTrainer(run, system);
    const progress = context.resume === undefined ? {} : trainer.restore(context.resume).progress;
    await train(trainer, run, parameters, progress, context);
    if (context.signal.aborted) return {};
    const scores = await trainer.evaluate(finalBatches);
    await evaluateElsewhere(await trainer.checkpoint(), run, parameters, context);
    return numbers(scores);
  },
});

function runOf(
  { label: _l, evaluate: _e, reportEvery: _r, checkpointEvery: _c, ...rest }: Parameters,
  seed: number,
): Run {
  return fillRun(parseRun("program training", { ...rest, seed }));
}

async function train(
  trainer: Trainer,
  { steps, evaluateEvery, patience }: Run,
  { reportEvery, checkpointEvery }: Parameters,
  progress: Progress,
  { report, save, signal }: ProgramContext,
): Promise<void> {
  await fit({
    trainer,
    steps,
    progress,
    checkpointEvery,
    ...(evaluateEvery === undefined ? {} : { evaluateEvery }),
    ...(patience === undefined ? {} : { patience }),
    async onStep({ step, loss }) {
      await eventsHandled();
      signal.throwIfAborted();
      if (step % reportEvery === 0 || step === steps) report({ trainingLoss: loss }, step);
    },
    save: (bytes) => save(bytes),
  });
}

/** The trained parameters in models for other sizes of the task. */
async function evaluateElsewhere(
  checkpoint: Uint8Array,
  run: Run,
  { evaluate }: Parameters,
  { report }: ProgramContext,
): Promise<void> {
  if (evaluate === undefined) return;
  const { at, options, batches, batchSize, position } = evaluate;
  for (const size of at) {
    const sized = Object.fromEntries(options.map((option) => [option, size]));
    const task: Named = { ...run.task, ...sized, ...(batchSize === undefined ? {} : { batchSize }) };
    await eventsHandled();
    const other = makeSystem({ ...run, task, ...(position === null ? {} : { position }) });
    readParameters(checkpoint, other.parameters());
    report(numbers(await other.objective.evaluate({ batches })), size);
  }
}

function numbers(scores: Scores): Record<string, number> {
  return Object.fromEntries(
    Object.entries(scores).filter((entry): entry is [string, number] => typeof entry[1] === "number"),
  );
}
