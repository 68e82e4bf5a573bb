import { setImmediate as eventsHandled } from "node:timers/promises";
import { positiveCount } from "@attention-lab/attention";
import { readAttention } from "@attention-lab/catalog";
import { median } from "@attention-lab/results/store";
import { defineProgram, type ProgramContext } from "@attention-lab/sweep";
import { fit, type Progress, readParameters, type Scores, type Trainer } from "@attention-lab/training";
import { z } from "zod";
import { fillRun } from "./defaults.ts";
import { planRun } from "./plan-run.ts";
import { makeSystem, makeTrainer } from "./prepare.ts";
import { parseRun, type Named, type Run, runSchema } from "./run.ts";
import { trainingCost } from "./training-cost.ts";

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
 * held-out data, and `secondsPerStep`, the median of this attempt's steps. Measurements: `trainingLoss` over the steps; the same scores over the sizes of `evaluate`. A crash costs the steps since the last checkpoint:
 * later ones are bitwise those of an unbroken run.
 */
export const training = defineProgram({
  name: "training",
  version: 2,
  parameters: schema,
  // A wrong word is an error of the plan; what a variant refuses is left out of it.
  refuse: (parameters) => planRun(plannedRun(parameters)).refusal,
  versions: (parameters) =>
    Object.fromEntries(
      plannedRun(parameters).attention.map((config) => {
        const { variant } = readAttention(config);
        return [variant.variant, variant.version];
      }),
    ),
  cost(parameters) {
    const run = plannedRun(parameters);
    const { task, places } = planRun(run);
    return trainingCost(run, task, places, { batches: forwardBatches(run, parameters) });
  },
  async run(parameters, context) {
    const run = runOf(parameters, context.seed);
    const system = makeSystem(run);
    const trainer = makeTrainer(run, system);
    const progress = context.resume === undefined ? {} : trainer.restore(context.resume).progress;
    const secondsPerStep = await train(trainer, run, parameters, progress, context);
    if (context.signal.aborted) return {};
    const scores = await trainer.evaluate(finalBatches);
    await evaluateElsewhere(await trainer.checkpoint(), run, parameters, context);
    return { ...numbers(scores), ...(secondsPerStep === undefined ? {} : { secondsPerStep }) };
  },
});

/** Held-out batches in all: at the end, on the way, and at other sizes, which count as if they were of the same size. */
function forwardBatches({ steps, evaluateEvery }: Run, { evaluate }: Parameters): number {
  const onTheWay = evaluateEvery === undefined ? 0 : Math.floor(steps / evaluateEvery) * finalBatches;
  return finalBatches + onTheWay + (evaluate === undefined ? 0 : evaluate.at.length * evaluate.batches);
}

/** A plan asks the same parameters for a refusal, versions and a cost: their run is filled in once. The seed decides none of them. */
const known = new WeakMap<Parameters, Run>();

function plannedRun(parameters: Parameters): Run {
  const run = known.get(parameters) ?? runOf(parameters, 0);
  known.set(parameters, run);
  return run;
}

function runOf(
  { label: _l, evaluate: _e, reportEvery: _r, checkpointEvery: _c, ...rest }: Parameters,
  seed: number,
): Run {
  return fillRun(parseRun("program training", { ...rest, seed }));
}

/** Trains; resolves with the median time of the steps but the first, which also fills caches. */
async function train(
  trainer: Trainer,
  { steps, evaluateEvery, patience }: Run,
  { reportEvery, checkpointEvery }: Parameters,
  progress: Progress,
  { report, save, signal }: ProgramContext,
): Promise<number | undefined> {
  const ends: number[] = [];
  await fit({
    trainer,
    steps,
    progress,
    checkpointEvery,
    ...(evaluateEvery === undefined ? {} : { evaluateEvery }),
    ...(patience === undefined ? {} : { patience }),
    async onStep({ step, loss }) {
      ends.push(performance.now());
      await eventsHandled();
      signal.throwIfAborted();
      if (step % reportEvery === 0 || step === steps) report({ trainingLoss: loss }, step);
    },
    save: (bytes) => save(bytes),
  });
  const durations = ends.slice(1).map((end, i) => (end - (ends[i] ?? end)) / 1000);
  return durations.length === 0 ? undefined : median(durations);
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
