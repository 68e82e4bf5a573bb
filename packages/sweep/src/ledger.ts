import { trialState, type FailureRecord, type ResultsFolder } from "@attention-lab/results";
import type { Failed, Timed, Weighed } from "./messages.ts";
import type { PlannedTrial } from "./plan.ts";

/** What is done of a plan, kept in step with the folder's log: a record is on the disk before it counts here. */
export class Ledger {
  readonly #folder: ResultsFolder;
  readonly #samples = new Map<string, Set<number>>();
  readonly #weighed = new Set<string>();
  readonly #failed = new Map<string, FailureRecord>();

  /** Reads the log; `retryFailed` begins failed trials anew by writing their first line again. Needs the folder's lock. */
  constructor(
    folder: ResultsFolder,
    trials: readonly PlannedTrial[],
    { retryFailed }: { readonly retryFailed: boolean },
  ) {
    this.#folder = folder;
    const states = trialState(folder.records());
    for (const trial of trials) {
      const state = states.get(trial.id);
      const repeats = Array.from({ length: trial.config.repeats }, (_, repeat) => repeat);
      const failure = retryFailed ? undefined : state?.failure;
      const missing = new Set(state?.failure === undefined ? state?.missing : missingOfFailed(folder, trial, repeats));
      this.#samples.set(trial.id, new Set(state === undefined ? [] : repeats.filter((repeat) => !missing.has(repeat))));
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

  missingRepeats(trial: PlannedTrial): number {
    return this.hasFailed(trial) ? 0 : trial.config.repeats - (this.#samples.get(trial.id)?.size ?? 0);
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

  sample(trial: PlannedTrial, repeat: number, { seconds }: Timed): void {
    this.#folder.append({ kind: "sample", trial: trial.id, repeat, seconds, at: now() });
    this.#samples.get(trial.id)?.add(repeat);
  }

  memory(trial: PlannedTrial, { peakBytes, residentBytes }: Weighed): void {
    this.#folder.append({ kind: "memory", trial: trial.id, peakBytes, residentBytes, at: now() });
    this.#weighed.add(trial.id);
  }

  fail(trial: PlannedTrial, { status, message }: Failed): void {
    const record: FailureRecord = { kind: "failure", trial: trial.id, status, message, at: now() };
    this.#folder.append(record);
    this.#failed.set(trial.id, record);
  }

  #begin({ id, config, predicted }: PlannedTrial): void {
    const { flops, peakBytes, parameters, stateBytes } = predicted;
    this.#folder.append({
      kind: "trial",
      trial: id,
      config,
      predicted: { flops, peakBytes, parameters, stateBytes },
      at: now(),
    });
  }
}

/** The repeats that a failed trial lacks; its state lists none, since nothing is to be measured until it is begun anew. */
function missingOfFailed(folder: ResultsFolder, { id }: PlannedTrial, repeats: readonly number[]): number[] {
  const measured = new Set<number>();
  for (const record of folder.records())
    if (record.kind === "sample" && record.trial === id) measured.add(record.repeat);
  return repeats.filter((repeat) => !measured.has(repeat));
}

function now(): string {
  return new Date().toISOString();
}
