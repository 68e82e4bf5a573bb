import { z } from "zod";

/**
 * What the folder of a study holds: `study.json` (written once), `plan.jsonl` (one planned trial a line) and `trials/<id>/` with
 * `config.json`, `attempts/<n>/` and, when the trial is finished, `result.json`.
 */

/** Which metric a picture shows over what: one curve per value of the parameters in `by`. */
export const StudyFigure = z.strictObject({
  metric: z.string().min(1),
  /** A parameter of the study; `x`, the place that a measurement was reported at; or `time`, what a point costs, with the Pareto front joined. */
  over: z.string().min(1),
  /** Parameters whose values get a curve each; every parameter that varies, besides `over`, unless given. */
  by: z.array(z.string()).optional(),
  /** Values to which the picture is limited, such as `{ map: "positive" }`. */
  where: z.record(z.string(), z.unknown()).optional(),
  xScale: z.enum(["linear", "log"]).default("linear"),
  yScale: z.enum(["linear", "log"]).default("linear"),
  title: z.string().optional(),
  xLabel: z.string().optional(),
  yLabel: z.string().optional(),
});
export type StudyFigure = z.infer<typeof StudyFigure>;

/** The program that a study runs: its name and declared version, and for one from outside the hash of its file. */
export const ProgramIdentity = z.strictObject({
  name: z.string(),
  version: z.int(),
  moduleSha256: z.string().optional(),
});
export type ProgramIdentity = z.infer<typeof ProgramIdentity>;

/** The resolved configuration of one trial. Its canonical JSON is the trial's identity. */
export const StudyTrialConfig = z.strictObject({
  program: ProgramIdentity,
  /** With every default filled in. */
  parameters: z.record(z.string(), z.unknown()),
  /** Declared versions of the parts that the parameters name, such as a variant's mathematics. */
  versions: z.record(z.string(), z.int()),
  seed: z.int().nonnegative(),
});
export type StudyTrialConfig = z.infer<typeof StudyTrialConfig>;

/** What a trial may take; a trial beyond it has a failure as its result. */
export const TrialLimits = z.strictObject({
  seconds: z.number().positive().optional(),
  /** Resident memory of its process. */
  bytes: z.number().positive().optional(),
  /** Attempts that may die (killed, a node lost) before the trial counts as failed. */
  attempts: z.int().positive().default(5),
});
export type TrialLimits = z.infer<typeof TrialLimits>;

/** One line of `plan.jsonl`, and what `config.json` of a trial holds. */
export const PlannedStudyTrial = z.strictObject({ id: z.string(), config: StudyTrialConfig });
export type PlannedStudyTrial = z.infer<typeof PlannedStudyTrial>;

/** `study.json`: what the folder was begun with. */
export const StudyRecord = z.strictObject({
  schema: z.literal(1),
  kind: z.literal("study"),
  name: z.string(),
  question: z.string(),
  program: ProgramIdentity,
  /** The sampler as the study says it. */
  sampler: z.record(z.string(), z.unknown()),
  limits: TrialLimits,
  figures: z.array(StudyFigure),
  /** sha256 over the ids of the planned trials: folders of equal plans are one folder. */
  plan: z.string(),
  planned: z.int().nonnegative(),
  skipped: z.array(z.strictObject({ config: z.record(z.string(), z.unknown()), because: z.string() })),
  commit: z.string().nullable(),
  at: z.iso.datetime(),
});
export type StudyRecord = z.infer<typeof StudyRecord>;

/** Numbers by name, as a program reports them. JSON has no NaN and no infinity: they are written as null. */
export const Metrics = z.record(z.string(), z.number().nullable());
export type Metrics = z.infer<typeof Metrics>;

/** One line of `measurements.jsonl`: metrics, at a place `x` (a length, a step) where they belong to one. */
export const Measurement = z.strictObject({ x: z.number().optional(), values: Metrics });
export type Measurement = z.infer<typeof Measurement>;

const figures = { attempt: z.int().positive(), seconds: z.number(), residentBytes: z.number(), at: z.iso.datetime() };

/** `result.json` of a finished trial, written in its attempt and linked into the trial's folder in one step. */
export const TrialResult = z.strictObject({
  ...figures,
  status: z.literal("ok"),
  metrics: Metrics,
  /** Lines of `measurements.jsonl` in the attempt that finished. */
  measurements: z.int().nonnegative(),
});
export type TrialResult = z.infer<typeof TrialResult>;

/** `failure.json` of an attempt: a result like any other, until the trial is tried again. */
export const TrialFailure = z.strictObject({
  ...figures,
  status: z.enum(["out-of-memory", "time-limit", "error", "died"]),
  message: z.string(),
  /** The end of what the program wrote. */
  lastLines: z.array(z.string()),
});
export type TrialFailure = z.infer<typeof TrialFailure>;

/** `owner.json` of an attempt: which process may work on it. */
export const AttemptOwner = z.strictObject({
  host: z.string(),
  /** Tells two starts of one machine apart. */
  boot: z.string(),
  pid: z.int(),
  /** When the process began, in the kernel's ticks. */
  start: z.string(),
  /** The cluster's job, and how often it was restarted. */
  job: z.string().nullable(),
  at: z.iso.datetime(),
});
export type AttemptOwner = z.infer<typeof AttemptOwner>;
