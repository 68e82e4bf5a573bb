import type { FailureRecord, LogRecord, MemoryRecord, PredictedCost, TrialConfig } from "./schema.ts";

/** What the log says about one trial. */
export interface TrialState {
  readonly id: string;
  readonly config: TrialConfig;
  readonly predicted: PredictedCost;
  /** Seconds of the measured repeats, in the order of their numbers. */
  readonly samples: readonly number[];
  /** Of those repeats, what a graphics card spent computing; absent where its timestamps were not to be had. */
  readonly gpuSamples?: readonly number[];
  /** The machine's load just after each of those repeats for which it was recorded. */
  readonly loads: readonly number[];
  /** Numbers of the repeats that are still to be measured; empty after a failure. */
  readonly missing: readonly number[];
  readonly memory?: MemoryRecord;
  readonly failure?: FailureRecord;
  /** All samples and the memory are there, or a failure is. */
  readonly finished: boolean;
}

interface Draft {
  readonly config: TrialConfig;
  readonly predicted: PredictedCost;
  readonly seconds: Map<number, number>;
  readonly gpuSeconds: Map<number, number>;
  readonly loads: Map<number, number>;
  memory?: MemoryRecord;
  failure?: FailureRecord;
}

/**
 * Folds a log into the state of its trials, in the order of their first lines. A repeat that was recorded twice counts once.
 * A first line that comes again begins a failed trial anew: its failure no longer counts, its repeats still do.
 *
 * @throws Error when a record names a trial that has no first line.
 */
export function trialState(records: readonly LogRecord[]): Map<string, TrialState> {
  const drafts = new Map<string, Draft>();
  records.forEach((record, index) => fold(drafts, record, index + 1));
  return new Map([...drafts].map(([id, draft]) => [id, finish(id, draft)]));
}

function fold(drafts: Map<string, Draft>, record: LogRecord, line: number): void {
  const known = drafts.get(record.trial);
  if (record.kind === "trial") {
    if (known) delete known.failure;
    else {
      const { config, predicted } = record;
      drafts.set(record.trial, { config, predicted, seconds: new Map(), gpuSeconds: new Map(), loads: new Map() });
    }
    return;
  }
  if (!known) throw new Error(`results log: line ${line} names a trial without a first line, got ${record.trial}`);
  if (record.kind === "sample") {
    const { repeat, seconds, gpuSeconds, load } = record;
    if (known.seconds.has(repeat)) return;
    known.seconds.set(repeat, seconds);
    if (gpuSeconds !== undefined) known.gpuSeconds.set(repeat, gpuSeconds);
    if (load !== undefined) known.loads.set(repeat, load);
  } else if (record.kind === "memory") known.memory ??= record;
  else known.failure ??= record;
}

function finish(id: string, { config, predicted, seconds, gpuSeconds, loads, memory, failure }: Draft): TrialState {
  const inOrder = (values: Map<number, number>) => [...values].toSorted(([a], [b]) => a - b).map(([, value]) => value);
  const repeats = Array.from({ length: config.repeats }, (_, repeat) => repeat);
  const missing = failure ? [] : repeats.filter((repeat) => !seconds.has(repeat));
  return {
    id,
    config,
    predicted,
    samples: inOrder(seconds),
    ...(gpuSeconds.size > 0 && { gpuSamples: inOrder(gpuSeconds) }),
    loads: inOrder(loads),
    missing,
    ...(memory && { memory }),
    ...(failure && { failure }),
    finished: failure !== undefined || (missing.length === 0 && memory !== undefined),
  };
}
