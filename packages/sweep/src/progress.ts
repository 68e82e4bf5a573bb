import { Estimate } from "./estimate.ts";
import type { Ledger } from "./ledger.ts";
import type { PlannedTrial } from "./plan.ts";

/** How far a sweep is, told after every request. */
export interface Progress {
  readonly stage: "memory" | "time";
  /** Trials with all their figures. */
  readonly done: number;
  readonly failed: number;
  readonly total: number;
  /** Measurements made and planned: a memory figure and the repeats of every trial that has not failed. */
  readonly measured: number;
  readonly measurements: number;
  /** What is under way or was just done, such as `performer step 4096`. */
  readonly running: string;
  /** What it gave: seconds of a call, or live bytes. Undefined when it failed. */
  readonly last: { readonly seconds: number } | { readonly bytes: number } | undefined;
  /** From predicted cost, scaled by what was measured so far. */
  readonly secondsLeft: number;
}

/** To make inputs and mechanism, to warm up and to find the number of calls takes about as long as so many repeats. */
const preparationRepeats = 3;

/** Turns the ledger into progress, and learns from every request how long the others will take. */
export class Observer {
  readonly #ledger: Ledger;
  readonly #trials: readonly PlannedTrial[];
  readonly #repeats = new Estimate();
  readonly #processes: number;
  readonly #prepared = new Set<string>();
  #last: { readonly id: string; readonly figure: Progress["last"] } | undefined;
  #memory = { requests: 1, seconds: 1 };

  constructor(ledger: Ledger, trials: readonly PlannedTrial[], processes: number) {
    this.#ledger = ledger;
    this.#trials = trials;
    this.#processes = processes;
  }

  /** The first request of a trial prepares it too; how long that took says little about the others. `call` is what was measured. */
  timed(trial: PlannedTrial, seconds: number, call: number): void {
    this.#last = { id: trial.id, figure: { seconds: call } };
    if (this.#prepared.has(trial.id)) this.#repeats.observe(trial, seconds);
    this.#prepared.add(trial.id);
  }

  /** A memory trial took so long, and found so many bytes unless it failed. */
  weighed(trial: PlannedTrial, seconds: number, bytes?: number): void {
    this.#last = bytes === undefined ? undefined : { id: trial.id, figure: { bytes } };
    const { requests, seconds: sum } = this.#memory;
    this.#memory = { requests: requests + 1, seconds: sum + seconds };
  }

  progress(stage: Progress["stage"], trial: PlannedTrial): Progress {
    const failed = this.#trials.filter((each) => this.#ledger.hasFailed(each)).length;
    const finished = this.#trials.filter((each) => this.#ledger.isFinished(each)).length;
    const left = this.#trials.reduce((sum, each) => sum + this.#ledger.missing(each), 0);
    const measurements = this.#trials
      .filter((each) => !this.#ledger.hasFailed(each))
      .reduce((sum, { config }) => sum + 1 + config.repeats, 0);
    return {
      stage,
      done: finished - failed,
      failed,
      total: this.#trials.length,
      measured: measurements - left,
      measurements,
      running: trialLabel(trial),
      last: this.#last?.id === trial.id ? this.#last.figure : undefined,
      secondsLeft: this.#secondsLeft(),
    };
  }

  #secondsLeft(): number {
    const processSeconds = this.#memory.seconds / this.#memory.requests / this.#processes;
    let seconds = 0;
    for (const trial of this.#trials) {
      if (this.#ledger.needsMemory(trial)) seconds += processSeconds;
      const missing = this.#ledger.missingRepeats(trial);
      const preparations = missing === 0 || this.#prepared.has(trial.id) ? 0 : preparationRepeats;
      seconds += (missing + preparations) * this.#repeats.secondsOf(trial);
    }
    return seconds;
  }
}

export function trialLabel({ config }: PlannedTrial): string {
  return `${config.variant} ${config.phase} ${config.length}`;
}
