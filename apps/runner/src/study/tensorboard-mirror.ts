import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import {
  attemptFolder,
  attemptsOf,
  namesIn,
  onDisk,
  type PlannedStudyTrial,
  readTrialConfig,
  type StudyFolder,
  trialFile,
} from "@attention-lab/results";
import { MirroredAttempt } from "./mirrored-attempt.ts";

const who = "tensorboard";
/** What one look may take: running trials must not wait for the mirror. */
const lookMilliseconds = 200;

/**
 * Mirrors the measurements, parameters and results of every trial as event files in `DIR/tensorboard`, one run for each trial. The folder of the study
 * stays the only truth: the mirror is derived from it, by whatever process, as often as one likes. Errors: the disk refuses.
 */
export class TensorBoardMirror {
  readonly #folder: StudyFolder;
  readonly #wordsOf: (trial: PlannedStudyTrial) => string;
  readonly #attempts = new Map<string, MirroredAttempt>();
  readonly #finished = new Set<string>();

  constructor(folder: StudyFolder, wordsOf: (trial: PlannedStudyTrial) => string) {
    this.#folder = folder;
    this.#wordsOf = wordsOf;
  }

  /** Mirrors what is new, in a part of a second; the rest is left to the next look. */
  look(): void {
    this.#mirror(performance.now() + lookMilliseconds);
  }

  /** Mirrors all there is. */
  end(): void {
    this.#mirror(Infinity);
  }

  #mirror(until: number): void {
    for (const id of namesIn(join(this.#folder.dir, "trials"))) {
      if (this.#finished.has(id)) continue;
      const folder = this.#folder.trialFolder(id);
      for (const attempt of attemptsOf(folder)) this.#attempt(id, attempt, attemptFolder(folder, attempt));
      if (existsSync(join(folder, trialFile.result))) this.#finish(id);
      if (performance.now() > until) return;
    }
  }

  #attempt(id: string, number: number, folder: string): void {
    const key = `${id}/${number}`;
    let mirrored = this.#attempts.get(key);
    if (mirrored === undefined) {
      const trial = readTrialConfig(this.#folder.trialFolder(id));
      if (trial === undefined) return;
      mirrored = new MirroredAttempt(folder, { number, trial, run: this.#runFolder(trial) });
      this.#attempts.set(key, mirrored);
    }
    mirrored.look();
  }

  /** Nothing is added to a trial that has its result. */
  #finish(id: string): void {
    this.#finished.add(id);
    for (const key of this.#attempts.keys()) if (key.startsWith(`${id}/`)) this.#attempts.delete(key);
  }

  /** Named for people; the beginning of the id keeps names apart that are equal once cut. */
  #runFolder(trial: PlannedStudyTrial): string {
    const words = this.#wordsOf(trial)
      .replaceAll(", ", ",")
      .replaceAll(/[^\p{L}\p{N}.,_+-]+/gu, "-")
      .slice(0, 80);
    const folder = join(this.#folder.dir, who, `${words}-${trial.id.slice(0, 8)}`);
    onDisk("make", folder, () => mkdirSync(folder, { recursive: true }), who);
    return folder;
  }
}
