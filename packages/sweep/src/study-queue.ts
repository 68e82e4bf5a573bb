import { trialStanding, type PlannedStudyTrial, type StudyFolder } from "@attention-lab/results/store";
import type { AttemptOutcome } from "./attempt-trial.ts";
import { promote } from "./promote.ts";
import type { StudyPlan } from "./study-plan.ts";

/** How far a study is, as far as this runner knows. */
export interface StudyProgress {
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  readonly running: number;
  /** Held by other runners when last looked at. */
  readonly elsewhere: number;
}

const lookEveryMilliseconds = 1000;

/** Which trials this runner may still begin. All it holds follows from the folder, which is looked at again for what others do. */
export class StudyQueue {
  readonly #plan: StudyPlan;
  readonly #folder: StudyFolder;
  readonly #trials: PlannedStudyTrial[];
  readonly #known: Set<string>;
  readonly #waiting: PlannedStudyTrial[] = [];
  readonly #elsewhere = new Map<string, PlannedStudyTrial>();
  readonly #running = new Set<string>();
  readonly #done = new Set<string>();
  readonly #failed = new Set<string>();
  #looked = -Infinity;

  constructor(plan: StudyPlan, folder: StudyFolder, { retryFailed }: { readonly retryFailed: boolean }) {
    this.#plan = plan;
    this.#folder = folder;
    this.#trials = folder.trials();
    this.#known = new Set(this.#trials.map(({ id }) => id));
    for (const trial of this.#trials) {
      const { status } = trialStanding(folder.trialFolder(trial.id));
      if (status === "ok") this.#done.add(trial.id);
      else if (status === "failed" && !retryFailed) this.#failed.add(trial.id);
      else this.#waiting.push(trial);
    }
    this.#promote();
  }

  take(): PlannedStudyTrial | undefined {
    if (this.#waiting.length === 0) this.#look();
    const trial = this.#waiting.shift();
    if (trial !== undefined) this.#running.add(trial.id);
    return trial;
  }

  /** What came of a trial that was taken. */
  settle(trial: PlannedStudyTrial, outcome: AttemptOutcome): void {
    this.#running.delete(trial.id);
    switch (outcome.kind) {
      case "ok":
      case "finished":
        this.#done.add(trial.id);
        this.#promote();
        break;
      case "failed":
        this.#failed.add(trial.id);
        this.#promote();
        break;
      case "busy":
        this.#elsewhere.set(trial.id, trial);
        break;
      case "died":
      case "stopped":
        this.#waiting.push(trial);
    }
  }

  finished(): boolean {
    return this.#waiting.length + this.#running.size + this.#elsewhere.size === 0;
  }

  progress(): StudyProgress {
    const [done, failed, running] = [this.#done.size, this.#failed.size, this.#running.size];
    return { total: this.#trials.length, done, failed, running, elsewhere: this.#elsewhere.size };
  }

  /** Trials that others held may be finished now, or their holders dead. */
  #look(): void {
    if (performance.now() - this.#looked < lookEveryMilliseconds) return;
    this.#looked = performance.now();
    this.#waiting.push(...this.#elsewhere.values());
    this.#elsewhere.clear();
  }

  #promote(): void {
    for (const trial of promote(this.#plan, this.#folder, this.#trials)) {
      if (this.#known.has(trial.id)) continue;
      this.#folder.prepare(trial);
      this.#known.add(trial.id);
      this.#trials.push(trial);
      // A promoted trial is worth more than one that nothing is known of.
      this.#waiting.unshift(trial);
    }
  }
}
