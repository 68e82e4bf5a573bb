import { z } from "zod";

/**
 * What a results folder holds: `experiment.json` (written once) and `log.jsonl` (append-only, one record a line, fsynced).
 * A trial is finished when it has all its samples and its memory, or a failure; everything else is derived.
 */

/** The resolved configuration of a trial. Its canonical JSON is the trial's identity, so nothing that changes a figure is left out. */
export const TrialConfig = z.strictObject({
  variant: z.string(),
  options: z.record(z.string(), z.unknown()),
  /** Declared version of the variant's mathematics. */
  version: z.int(),
  /** Of the file that a variant outside the catalogue was loaded from. */
  moduleSha256: z.string().optional(),
  length: z.int().positive(),
  phase: z.enum(["forward", "step"]),
  causal: z.boolean(),
  batch: z.int().positive(),
  heads: z.int().positive(),
  headDim: z.int().positive(),
  backend: z.string(),
  engine: z.string(),
  threads: z.int().positive(),
  /** Of the operands of attention's products; sums and everything else are float32. */
  precision: z.enum(["float32", "float16"]),
  warmups: z.int().nonnegative(),
  repeats: z.int().positive(),
  seed: z.int().nonnegative(),
});
export type TrialConfig = z.infer<typeof TrialConfig>;

/** Predicted by the variant's `cost`: operations, live bytes above the inputs, parameters, bytes of decoding state. */
export const PredictedCost = z.strictObject({
  flops: z.number(),
  peakBytes: z.number(),
  parameters: z.number(),
  stateBytes: z.number(),
});
export type PredictedCost = z.infer<typeof PredictedCost>;

/** The machine's class: equal for equal nodes of a cluster. A curve never joins two classes. */
export const Machine = z.strictObject({
  cpu: z.string(),
  cores: z.int().positive(),
  memoryBytes: z.int().positive(),
  platform: z.string(),
  node: z.string(),
  gpu: z.string().nullable(),
});
export type Machine = z.infer<typeof Machine>;

const at = z.iso.datetime();
/** Where it was measured, if that is another class of machine than the folder was begun on (`--mixed`). */
const machine = Machine.optional();

/** First line of a trial in the log. Written again, it begins a failed trial anew. */
export const TrialRecord = z.strictObject({
  kind: z.literal("trial"),
  trial: z.string(),
  config: TrialConfig,
  predicted: PredictedCost,
  machine,
  at,
});
export type TrialRecord = z.infer<typeof TrialRecord>;

/** One timed repeat. Repeats of all trials are interleaved in random order, so that drift of the machine hits all alike. */
export const SampleRecord = z.strictObject({
  kind: z.literal("sample"),
  trial: z.string(),
  repeat: z.int().nonnegative(),
  seconds: z.number().positive(),
  /** How many calls were timed together; `seconds` is of one. */
  calls: z.int().positive().optional(),
  /** The machine's load average of the last minute, just after the repeat: how many processes wanted a core. */
  load: z.number().nonnegative().optional(),
  /** Of those, what a graphics card spent computing, by its own timestamps; absent where the backend has none. */
  gpuSeconds: z.number().nonnegative().optional(),
  machine,
  at,
});
export type SampleRecord = z.infer<typeof SampleRecord>;

/** Peak live bytes counted by the backend above the inputs, and resident bytes of a fresh process that ran only this trial. */
export const MemoryRecord = z.strictObject({
  kind: z.literal("memory"),
  trial: z.string(),
  peakBytes: z.int().nonnegative(),
  residentBytes: z.int().nonnegative(),
  machine,
  at,
});
export type MemoryRecord = z.infer<typeof MemoryRecord>;

/** Why a trial could not be measured: a result like any other, final unless the trial is begun anew. */
export const FailureRecord = z.strictObject({
  kind: z.literal("failure"),
  trial: z.string(),
  status: z.enum(["out-of-memory", "time-limit", "error"]),
  message: z.string(),
  machine,
  at,
});
export type FailureRecord = z.infer<typeof FailureRecord>;

/** One line of `log.jsonl`. */
export const LogRecord = z.discriminatedUnion("kind", [TrialRecord, SampleRecord, MemoryRecord, FailureRecord]);
export type LogRecord = z.infer<typeof LogRecord>;

/** A combination that the plan left out, with its reason as a sentence. */
export const SkippedCombination = z.strictObject({ config: z.record(z.string(), z.unknown()), because: z.string() });
export type SkippedCombination = z.infer<typeof SkippedCombination>;

/** Written once when a folder is begun; a folder of another experiment or of another machine class is refused. */
export const ExperimentRecord = z.strictObject({
  schema: z.literal(1),
  name: z.string(),
  question: z.string(),
  /** The variant that crossovers are measured against. */
  baseline: z.string(),
  machine: Machine,
  commit: z.string().nullable(),
  trials: z.array(z.string()),
  skipped: z.array(SkippedCombination),
  at,
});
export type ExperimentRecord = z.infer<typeof ExperimentRecord>;
