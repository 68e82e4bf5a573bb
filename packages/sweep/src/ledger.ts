import {
  machineDifferences,
  machineFingerprint,
  trialState,
  type FailureRecord,
  type Machine,
  type ResultsFolder,
  type SampleRecord,
} from "@attention-lab/results/store";
import type { Failed, Timed, Weighed } from "./messages.ts";
import type { PlannedTrial } from "./plan.ts";

/** What is done of a plan, kept in step with the folder's log: a record is on the disk before it counts here. */
export class Ledger {
  readonly #folder: ResultsFolder;
  /** Seconds of one call by the number of the repeat. */
  readonly #samples = new Map<string, Map<number, number>>();
  readonly #weighed = new Set<string>();
  readonly #failed = new Map<string, FailureRecord>();
  /** Said with every record where this machine is of another class than the folder. */
  readonly #elsewhere: { readonly machine?: Machine };
  #spent = 0;

  /** Reads the log; `retryFailed` begins failed trials anew by writing their first line again. Needs the folder's lock. */
  constructor(
    folder: ResultsFolder,
    trials: readonly PlannedTrial[],
    { retryFailed }: { readonly retryFailed: boolean },
  ) {
    this.#folder = folder;
    const machine = machineFingerprint();
    this.#elsewhere = machineDifferences(folder.experiment.machine, machine).length > 0 ? { machine } : {};
    const records = folder.records();
    for (const record of records) if (record.kind === "sample") this.#remember(record);
    const states = trialState(records);
    for (const trial of trials) {
      const state = states.get(trial.id);
      const failure = retryFailed ? undefined : state?.failure;
      if (state?.memory !== undefined) this.#weighed.add(trial.id);
      if (failure !== undefined) this.#failed.set(trial.id, failure);
      if (state === undefined || (state.failure !== undefined && retryFailed)) this.#begin(trial);
    }
  }

  needsMemory({ id }: PlannedTrial): boolean {
    return !this.#weighed.has(id) && !this.#failed.has(id);
  }

  needsRepeat({ id }: PlannedTrial, repeat: number): boolean {
    return !this.#failed.has(id) && !this.#samples.get(id)?.has(repeat);
  }

  secondsOf({ id }: PlannedTrial): readonly number[] {
    return [...(this.#samples.get(id)?.values() ?? [])];
  }

  spentSeconds(): number {
    return this.#spent;
  }

  missingRepeats(trial: PlannedTrial): number {
    return this.hasFailed(trial) ? 0 : Math.max(0, trial.config.repeats - (this.#samples.get(trial.id)?.size ?? 0));
  }

  /** Measurements that a trial lacks, its memory included. */
  missing(trial: PlannedTrial): number {
    return this.missingRepeats(trial) + (this.needsMemory(trial) ? 1 : 0);
  }

  hasFailed({ id }: PlannedTrial): boolean {
    return this.#failed.has(id);
  }

  isFinished(trial: PlannedTrial): boolean {
    return this.missing(trial) === 0;
  }

  sample(trial: PlannedTrial, repeat: number, { seconds, gpuSeconds, inner: calls, load }: Timed): void {
    const gpu = gpuSeconds === undefined ? {} : { gpuSeconds };
    const sample = { trial: trial.id, repeat, seconds, calls };
    this.#folder.append({ kind: "sample", ...sample, ...gpu, load, ...this.#elsewhere, at: now() });
    this.#remember(sample);
  }

  memory(trial: PlannedTrial, { peakBytes, residentBytes }: Weighed): void {
    this.#folder.append({ kind: "memory", trial: trial.id, peakBytes, residentBytes, ...this.#elsewhere, at: now() });
    this.#weighed.add(trial.id);
  }

  fail(trial: PlannedTrial, { status, message }: Failed): void {
    const record: FailureRecord = { kind: "failure", trial: trial.id, status, message, ...this.#elsewhere, at: now() };
    this.#folder.append(record);
    this.#failed.set(trial.id, record);
  }

  #remember({ trial, repeat, seconds, calls = 1 }: Pick<SampleRecord, "trial" | "repeat" | "seconds" | "calls">): void {
    const known = this.#samples.get(trial) ?? new Map<number, number>();
    if (known.has(repeat)) return;
    this.#samples.set(trial, known.set(repeat, seconds));
    this.#spent += seconds * calls;
  }

  #begin({ id, config, predicted }: PlannedTrial): void {
    const { flops, peakBytes, parameters, stateBytes } = predicted;
    this.#folder.append({
      kind: "trial",
      trial: id,
      config,
      predicted: { flops, peakBytes, parameters, stateBytes },
      ...this.#elsewhere,
      at: now(),
    });
  }
}

function now(): string {
  return new Date().toISOString();
}
