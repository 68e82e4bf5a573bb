import {
  attemptFolder,
  trialStanding,
  type PlannedStudyTrial,
  type StudyFolder,
  type TrialStanding,
} from "@attention-lab/results/store";
import { Lives } from "../lives.ts";
import { submitArray, submitReport, type BatchOptions } from "./batch-jobs.ts";
import { HeldJobs } from "./held-jobs.ts";
import { LastSubmissions, type LastSubmission } from "./last-submissions.ts";
import { Patience } from "./patience.ts";
import type { QueuedElement } from "./slurm-queue.ts";
import type { Element } from "./submission.ts";

export interface SubmitterOptions extends BatchOptions {
  /** Submit once; otherwise this goes on when the cluster does not answer or takes no more for now. */
  readonly detach?: boolean;
  /** Elements of a job array, at most. */
  readonly largest: number;
  /** Given sentences about what goes on. */
  note(text: string): void;
}

/** A trial that has no result yet. */
export interface OpenTrial {
  readonly trial: PlannedStudyTrial;
  readonly standing: TrialStanding;
  /** To be tried again although it has failed, up to this attempt. */
  readonly retryAfter: number | undefined;
}

/** Submits the trials of a folder that nobody is at. */
export class Submitter {
  readonly #folder: StudyFolder;
  readonly #options: SubmitterOptions;
  readonly #submissions: LastSubmissions;
  readonly #lives = new Lives();
  readonly #patience = new Patience();
  readonly #held = new HeldJobs();
  /** Job arrays that still waited or ran when last looked at. */
  #arrays = new Set<string>();
  #rounds = 0;
  #away = false;
  readonly #told = new Set<string>();

  constructor(folder: StudyFolder, options: SubmitterOptions) {
    this.#folder = folder;
    this.#options = options;
    this.#submissions = new LastSubmissions(folder);
  }

  /** Resolves with how many trials were submitted. Errors: the cluster refuses, or all that is left comes to nothing. */
  async submitMissing(open: readonly OpenTrial[]): Promise<number> {
    const last = await this.#lastSubmissions(open);
    if (last === undefined) return 0;
    const queued = [...last].flatMap(([id, { element }]) => (element?.pending === true ? [{ id, element }] : []));
    const waiting = new Set(queued.map(({ id }) => id));
    this.#arrays = new Set(queued.map(({ element }) => element.array));
    await this.#lookAtHeld(queued.map(({ element }) => element));
    const missing = open.filter((each) => !waiting.has(each.trial.id) && !this.#isAtWork(each));
    const hopeless = missing.flatMap(({ trial: { id } }) => {
      const before = last.get(id);
      const why = before && this.#patience.after(this.#folder.trialFolder(id), id, before);
      return why === undefined ? [] : [{ id, why }];
    });
    const [first] = hopeless;
    if (first !== undefined && hopeless.length === open.length) throw new Error(first.why);
    if (first !== undefined) this.#tell(first.why);
    const given = new Set(hopeless.map(({ id }) => id));
    const submitted = await this.#submit(missing.filter(({ trial }) => !given.has(trial.id)));
    if (submitted > 0 && this.#rounds++ === 0) await this.#report([...this.#arrays]);
    return submitted;
  }

  /** When this process has nothing more to do, or is to end: says what goes on without it. */
  async leave({ finished }: { readonly finished: boolean }): Promise<void> {
    // The first round's report was written without what had to be submitted again.
    if (finished && this.#rounds > 1) await this.#report([]);
    if (finished || this.#arrays.size === 0) return;
    const jobs = [...this.#arrays].join(" ");
    this.#options.note(
      `the cluster goes on; the same command watches again, and this cancels the jobs: scancel ${jobs}`,
    );
  }

  async #lookAtHeld(queued: readonly QueuedElement[]): Promise<void> {
    try {
      const sentence = await this.#held.look(queued);
      if (sentence !== undefined) this.#tell(sentence);
    } catch (error) {
      this.#tell(this.#later(error));
    }
  }

  /** Undefined when the controller does not answer at the moment. */
  async #lastSubmissions(open: readonly OpenTrial[]): Promise<Map<string, LastSubmission> | undefined> {
    try {
      const last = await this.#submissions.of(new Set(open.map(({ trial }) => trial.id)));
      this.#away = false;
      return last;
    } catch (error) {
      const sentence = this.#later(error);
      if (!this.#away) this.#options.note(sentence);
      this.#away = true;
      return undefined;
    }
  }

  /** Whether somebody works on a trial that is not in the queue: another runner, or what a lost job left behind. An element would only wait for that. */
  #isAtWork({ trial: { id }, standing }: OpenTrial): boolean {
    const folder = this.#folder.trialFolder(id);
    // It may have ended since it was looked at.
    if (trialStanding(folder).status === "ok") return true;
    if (standing.status !== "begun" || this.#options.detach === true) return false;
    return this.#lives.mayBeAlive(attemptFolder(folder, standing.attempt), standing.owner);
  }

  async #submit(open: readonly OpenTrial[]): Promise<number> {
    const { largest } = this.#options;
    let submitted = 0;
    while (submitted < open.length) {
      const elements = open.slice(submitted, submitted + largest).map(elementOf);
      for (const { trial } of elements) this.#patience.submitting(this.#folder.trialFolder(trial.id), trial.id);
      try {
        const { array, job } = await submitArray(this.#folder, elements, this.#options);
        this.#arrays.add(array);
        this.#options.note(
          `submitted ${elements.length} trial${elements.length === 1 ? "" : "s"} as job ${array} (${job})`,
        );
      } catch (error) {
        // Clusters limit how much one may submit at a time: the rest follows when there is room.
        if (this.#rounds === 0 && this.#arrays.size === 0) throw error;
        this.#tell(this.#later(error));
        break;
      }
      submitted += elements.length;
    }
    return submitted;
  }

  async #report(arrays: readonly string[]): Promise<void> {
    const { report } = this.#options;
    if (report === undefined) return;
    try {
      this.#options.note(
        `the report follows as job ${await submitReport(this.#folder, arrays, { ...this.#options, report })}`,
      );
    } catch (error) {
      this.#options.note(`no report follows: ${messageOf(error)}`);
    }
  }

  /** What hinders for now, in words; a process that does not stay cannot try again. */
  #later(error: unknown): string {
    if (this.#options.detach === true) throw error;
    return `${messageOf(error)}; trying again later`;
  }

  #tell(text: string): void {
    if (!this.#told.has(text)) this.#options.note(text);
    this.#told.add(text);
  }
}

function elementOf({ trial, retryAfter }: OpenTrial): Element {
  return { trial, ...(retryAfter === undefined ? {} : { retryAfter }) };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
