import type { FailureRecord, LogRecord, MemoryRecord, PredictedCost, TrialConfig } from "./schema.ts";

/** What the log says about one trial. */
export interface TrialState {
  readonly id: string;
  readonly config: TrialConfig;
  readonly predicted: PredictedCost;
  /** Seconds of the measured repeats, in the order of their numbers. */
  readonly samples: readonly number[];
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
    else drafts.set(record.trial, { config: record.config, predicted: record.predicted, seconds: new Map() });
    return;
  }
  if (!known) throw new Error(`results log: line ${line} names a trial without a first line, got ${record.trial}`);
  if (record.kind === "sample") {
    if (!known.seconds.has(record.repeat)) known.seconds.set(record.repeat, record.seconds);
  } else if (record.kind === "memory") known.memory ??= record;
  else known.failure ??= record;
}

function finish(id: string, { config, predicted, seconds, memory, failure }: Draft): TrialState {
  const samples = [...seconds].toSorted(([a], [b]) => a - b).map(([, value]) => value);
  const repeats = Array.from({ length: config.repeats }, (_, repeat) => repeat);
  const missing = failure ? [] : repeats.filter((repeat) => !seconds.has(repeat));
  return {
    id,
    config,
    predicted,
    samples,
    missing,
    ...(memory && { memory }),
    ...(failure && { failure }),
    finished: failure !== undefined || (missing.length === 0 && memory !== undefined),
  };
}
