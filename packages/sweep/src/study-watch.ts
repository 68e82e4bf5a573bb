import { join } from "node:path";
import {
  attemptFolder,
  type Measurement,
  namesIn,
  type PlannedStudyTrial,
  readTrialConfig,
  type StudyFolder,
  trialStanding,
  type TrialFailure,
  type TrialResult,
} from "@attention-lab/results/store";
import { lastMeasurement } from "./last-measurement.ts";
import type { Lives } from "./lives.ts";
import { StudyEstimate } from "./study-estimate.ts";
import type { StudyPlan } from "./study-plan.ts";

export interface RunningTrial {
  readonly trial: PlannedStudyTrial;
  readonly seconds: number;
  /** What it has reported last. */
  readonly last: Measurement | undefined;
}
export type EndedTrial = { readonly trial: PlannedStudyTrial; readonly end: TrialResult | TrialFailure };

/** A study as its folder shows it at a moment. */
export interface StudyView {
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  readonly waiting: number;
  /** The longest first, wherever they run. */
  readonly running: readonly RunningTrial[];
  /** What has ended since the last look. */
  readonly ended: readonly EndedTrial[];
  /** The last failures, the newest first. */
  readonly failures: readonly EndedTrial[];
  /** Undefined while nothing is known. */
  readonly secondsLeft: number | undefined;
}

export interface WatchOptions {
  readonly lives: Lives;
  /** Failures from before count as waiting. */
  readonly retryFailed: boolean;
}

const rememberedFailures = 5;
/** A trial that takes longer than expected is expected to take this share of its time more. */
const overdue = 0.1;

/** Looks at the folder of a study again and again: whatever runs its trials, here or elsewhere, is seen there and nowhere else. */
export class StudyWatch {
  readonly #folder: StudyFolder;
  readonly #lives: Lives;
  readonly #estimate: StudyEstimate;
  readonly #trials: Map<string, PlannedStudyTrial>;
  readonly #ended = new Map<string, EndedTrial>();
  readonly #since = new Map<string, number>();
  /** Attempts that had failed before and are to be tried again. */
  readonly #retried = new Map<string, number>();
  readonly #failures: EndedTrial[] = [];
  #most = 1;
  #failed = 0;

  constructor(plan: StudyPlan, folder: StudyFolder, { lives, retryFailed }: WatchOptions) {
    this.#folder = folder;
    this.#lives = lives;
    this.#estimate = new StudyEstimate(plan);
    this.#trials = new Map(folder.trials().map((trial) => [trial.id, trial]));
    if (retryFailed) {
      for (const id of this.#trials.keys()) {
        const standing = trialStanding(folder.trialFolder(id));
        if (standing.status === "failed") this.#retried.set(id, standing.failure.attempt);
      }
    }
    // What ended before is counted, and is no news.
    this.look();
    this.#failures.length = 0;
  }

  look(): StudyView {
    const [running, ended]: [RunningTrial[], EndedTrial[]] = [[], []];
    for (const id of namesIn(join(this.#folder.dir, "trials"))) {
      if (this.#ended.has(id)) continue;
      const folder = this.#folder.trialFolder(id);
      const trial = this.#trials.get(id) ?? readTrialConfig(folder);
      if (trial === undefined) continue;
      this.#trials.set(id, trial);
      const standing = trialStanding(folder);
      if (standing.status === "ok") ended.push(this.#end({ trial, end: standing.result }));
      else if (standing.status === "failed") {
        if (this.#retried.get(id) !== standing.failure.attempt) ended.push(this.#end({ trial, end: standing.failure }));
      } else if (standing.status === "begun") {
        const attempt = attemptFolder(folder, standing.attempt);
        if (!this.#lives.mayBeAlive(attempt, standing.owner)) continue;
        running.push({
          trial,
          seconds: this.#secondsSince(attempt, standing.owner.at),
          last: lastMeasurement(attempt),
        });
      }
    }
    running.sort((a, b) => b.seconds - a.seconds);
    this.#most = Math.max(this.#most, running.length);
    const done = this.#ended.size - this.#failed;
    const waiting = this.#trials.size - this.#ended.size - running.length;
    return {
      total: this.#trials.size,
      done,
      failed: this.#failed,
      waiting,
      running,
      ended,
      failures: this.#failures.slice(),
      secondsLeft: this.#secondsLeft(running),
    };
  }

  #end(ended: EndedTrial): EndedTrial {
    const { trial, end } = ended;
    this.#ended.set(trial.id, ended);
    if (end.status === "ok") this.#estimate.observe(trial, end.seconds);
    else {
      this.#failed++;
      this.#failures.unshift(ended);
      this.#failures.splice(rememberedFailures);
    }
    return ended;
  }

  /** From the owner's clock once, then from ours: a clock may be set while a trial runs. */
  #secondsSince(attempt: string, begun: string): number {
    const now = performance.now() / 1000;
    const known = this.#since.get(attempt);
    if (known !== undefined) return now - known;
    const seconds = Math.max(0, (Date.now() - Date.parse(begun)) / 1000);
    this.#since.set(attempt, now - seconds);
    return seconds;
  }

  /** As many places as were ever seen busy work off what is left; and the longest running trial has to end. */
  #secondsLeft(running: readonly RunningTrial[]): number | undefined {
    let [sum, longest] = [0, 0];
    const elapsed = new Map(running.map(({ trial, seconds }) => [trial.id, seconds]));
    for (const [id, trial] of this.#trials) {
      if (this.#ended.has(id)) continue;
      const expected = this.#estimate.secondsOf(trial);
      if (expected === undefined) return undefined;
      const seconds = elapsed.get(id);
      const left = seconds === undefined ? expected : Math.max(expected - seconds, overdue * seconds);
      sum += left;
      longest = Math.max(longest, left);
    }
    return Math.max(sum / this.#most, longest);
  }
}
