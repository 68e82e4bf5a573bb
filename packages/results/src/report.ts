import type { Crossover } from "./crossover.ts";
import type { PowerLaw } from "./power-law.ts";
import type {
  ExperimentRecord,
  FailureRecord,
  Machine,
  PredictedCost,
  SkippedCombination,
  TrialConfig,
} from "./schema.ts";
import type { Interval } from "./statistics.ts";

/** What is measured: a call of the attention, or a call and its backward pass. */
export type Phase = TrialConfig["phase"];

/** A failure is a result; "running" has some repeats, "pending" none. */
export type TrialStatus = "ok" | "running" | "pending" | FailureRecord["status"];

/** One length of a curve. Figures are null where the trial has not got so far. */
export interface ReportPoint {
  readonly length: number;
  /** Median of the repeats, with their quartiles. */
  readonly seconds: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** Live bytes above the inputs at their highest, counted by the backend. */
  readonly peakBytes: number | null;
  /** Resident bytes of a fresh process that ran only this trial. */
  readonly residentBytes: number | null;
  readonly status: TrialStatus;
  /** The sentence of a failure. */
  readonly message: string | null;
  readonly trial: string;
  readonly config: TrialConfig;
  readonly predicted: PredictedCost;
  readonly samples: readonly number[];
  /** The machine's load average just after each repeat; empty where it was not recorded. */
  readonly loads: readonly number[];
  /** Median of what a graphics card itself spent computing, by its timestamps; absent where none were taken. */
  readonly gpuSeconds?: number;
}

/** One variant in one phase over the lengths. */
export interface ReportCurve {
  readonly variant: string;
  readonly phase: Phase;
  /** The variant's name, with the options that tell it from other curves of the same variant. */
  readonly label: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly points: readonly ReportPoint[];
  /** Fitted exponents with 95 % bootstrap intervals over the repeats; null below three lengths, or where nothing is used. */
  readonly exponents: { readonly time: Interval | null; readonly memory: Interval | null };
  readonly laws: { readonly time: PowerLaw | null; readonly memory: PowerLaw | null };
  /** Exponent of the declared operations, and measured over declared peak bytes of `forward` at the longest length. */
  readonly predicted: { readonly exponent: number | null; readonly bytesRatio: number | null };
  /** Where it becomes cheaper than the baseline for good; null when not up to `reached`. */
  readonly crossover: Crossover | null;
  /** The longest length measured for both this curve and the baseline's. */
  readonly reached: number | null;
  /** Which of the report's `machines` it was measured on; absent where there is only one. */
  readonly machine?: number;
}

/** What all trials were run with; more than one value where they differ. */
export type Settings = Readonly<Record<SettingName, readonly string[]>>;
export const settingNames = [
  "backend",
  "engine",
  "threads",
  "precision",
  "causal",
  "batch",
  "heads",
  "headDim",
  "warmups",
  "repeats",
] as const;
export type SettingName = (typeof settingNames)[number];

/** Everything that tables, pictures and the page show; plain JSON. */
export interface Report {
  readonly experiment: Pick<ExperimentRecord, "name" | "question" | "baseline" | "commit" | "at">;
  readonly machine: Machine;
  /** All classes of machines, where there are several (`--mixed`): no curve, ratio or crossover joins two of them. */
  readonly machines?: readonly Machine[];
  readonly settings: Settings;
  readonly progress: {
    readonly planned: number;
    readonly finished: number;
    readonly failed: number;
    /** What the missing repeats will take, from declared operations and the rates seen so far; null when not known. */
    readonly remainingSeconds: number | null;
  };
  /** Nine in ten trials, timed as if each were two, differ from themselves by less than this share. Null below four repeats. */
  readonly noiseFloor: number | null;
  /** The medians of nine in ten trials are known to within this share to both sides (`relativeHalfWidth`). Null below six repeats. */
  readonly halfWidth: number | null;
  /** Repeats that lie far out (three interquartile ranges beyond the quartiles of their trial; Tukey, 1977): kept like all others. */
  readonly outliers: number;
  readonly curves: readonly ReportCurve[];
  readonly skipped: readonly SkippedCombination[];
}

/** The phases that were measured, in the order of the curves. */
export function phasesOf(report: Report): Phase[] {
  return [...new Set(report.curves.map(({ phase }) => phase))];
}

export function curvesOf(report: Report, phase: Phase): ReportCurve[] {
  return report.curves.filter((curve) => curve.phase === phase);
}
