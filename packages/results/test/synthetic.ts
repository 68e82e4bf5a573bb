import type { ExperimentRecord, LogRecord, Report, TrialConfig } from "@attention-lab/results";
import { buildReport, trialId } from "@attention-lab/results";
import { uniform } from "../src/random.ts";
import { config as base, at, experiment as record } from "./store-fixtures.ts";

/** Laws of seconds and bytes over length, near what one attention layer takes on two cores. */
interface Law {
  seconds(n: number): number;
  bytes(n: number): number;
  flops(n: number): number;
  options?: Record<string, unknown>;
}

export const laws: Readonly<Record<string, Law>> = {
  full: { seconds: (n) => 40e-6 + 2.2e-9 * n * n, bytes: (n) => 1040 * n, flops: (n) => 1024 * n * n },
  performer: {
    seconds: (n) => 150e-6 + 3.1e-6 * n,
    bytes: (n) => 3100 * n + 2e6,
    flops: (n) => 4 * 256 * 64 * 6 * n,
    options: { features: 256 },
  },
  longformer: {
    seconds: (n) => 35e-6 + 2.25e-9 * n * Math.min(n, 513),
    bytes: (n) => 1040 * n,
    flops: (n) => 1024 * n * Math.min(n, 513),
    options: { before: 256, after: 256 },
  },
  linformer: {
    seconds: (n) => 60e-6 + 0.62e-6 * n,
    bytes: (n) => 1100 * n + 1e6,
    flops: (n) => 1024 * 128 * 2 * n,
    options: { rank: 128 },
  },
  identity: { seconds: (n) => 20e-6 + 1e-10 * n, bytes: () => 0, flops: () => 0 },
};

export interface SyntheticOptions {
  readonly repeats?: number;
  readonly noise?: number;
  readonly seed?: number;
  readonly variants?: readonly string[];
  readonly lengths?: readonly number[];
  readonly phases?: readonly TrialConfig["phase"][];
  /** Records to leave out, or to replace: for failed, running and odd folders. */
  readonly change?: (record: LogRecord, config: TrialConfig) => readonly LogRecord[];
}

/** A folder's contents as a sweep would leave them, from known laws with log-normal noise. */
export function syntheticFolder(options: SyntheticOptions = {}): {
  experiment: ExperimentRecord;
  records(): LogRecord[];
} {
  const { repeats = 7, noise = 0.02, seed = 1, change = (one) => [one] } = options;
  const {
    variants = Object.keys(laws),
    lengths = [256, 512, 1024, 2048, 4096, 8192],
    phases = ["forward", "step"],
  } = options;
  const next = uniform(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const records: LogRecord[] = [];
  const trials: string[] = [];
  for (const phase of phases)
    for (const variant of variants)
      for (const length of lengths) {
        const law = laws[variant];
        if (!law) throw new Error(`synthetic: no law for ${variant}`);
        const config: TrialConfig = { ...base, variant, options: law.options ?? {}, phase, length, repeats };
        const times = phase === "step" ? 3.4 : 1;
        const trial = trialId(config);
        trials.push(trial);
        const predicted = {
          flops: times * law.flops(length),
          peakBytes: times * law.bytes(length),
          parameters: 0,
          stateBytes: 0,
        };
        const all: LogRecord[] = [{ kind: "trial", trial, config, predicted, at }];
        for (let repeat = 0; repeat < repeats; repeat++)
          all.push({
            kind: "sample",
            trial,
            repeat,
            seconds: times * law.seconds(length) * Math.exp(noise * normal()),
            at,
          });
        all.push({
          kind: "memory",
          trial,
          peakBytes: Math.round(predicted.peakBytes * 1.02),
          residentBytes: 9e7 + 4000 * length,
          at,
        });
        records.push(...all.flatMap((one) => change(one, config)));
      }
  const skipped = [
    {
      config: { variant: "linformer", causal: true },
      because: 'linformer attention cannot honour "causal": the length projection mixes future positions',
    },
  ];
  const experiment = {
    ...record,
    trials,
    skipped,
    machine: { ...record.machine, cpu: "Intel(R) Xeon(R) Processor @ 2.10GHz" },
  };
  return { experiment, records: () => records };
}

export function syntheticReport(options: SyntheticOptions = {}): Report {
  return buildReport(syntheticFolder(options));
}

/** A `change` that lets a trial end in a failure. */
export function failing(
  variant: string,
  length: number,
  status: "out-of-memory" | "time-limit" | "error",
  message: string,
) {
  return (one: LogRecord, config: TrialConfig): readonly LogRecord[] => {
    if (config.variant !== variant || config.length !== length || one.kind === "trial") return [one];
    return one.kind === "memory" ? [{ kind: "failure", trial: one.trial, status, message, at }] : [];
  };
}
