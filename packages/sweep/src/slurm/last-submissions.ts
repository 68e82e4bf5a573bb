import type { StudyFolder } from "@attention-lab/results/store";
import { askQueue, queueKey, type QueuedElement } from "./slurm-queue.ts";
import { elementsOf, submissionsOf, type Element, type Submission } from "./submission.ts";

/** Where a trial was submitted last, and what the queue knows of that. */
export interface LastSubmission {
  readonly submission: Submission;
  /** Undefined when the queue has forgotten it, or never had it. */
  readonly element: QueuedElement | undefined;
}

/** Reads the submissions of a folder, and asks the queue about them. */
export class LastSubmissions {
  readonly #folder: StudyFolder;
  readonly #lists = new Map<number, Element[]>();

  constructor(folder: StudyFolder) {
    this.#folder = folder;
  }

  /** By trial. One that still waits or runs counts more than a later one that does not. Errors: the controller does not answer. */
  async of(trials: ReadonlySet<string>): Promise<Map<string, LastSubmission>> {
    const submissions = submissionsOf(this.#folder).filter((each) =>
      this.#elements(each).some(({ trial }) => trials.has(trial.id)),
    );
    const queue = await askQueue(submissions);
    const last = new Map<string, LastSubmission>();
    for (const submission of submissions) {
      this.#elements(submission).forEach(({ trial }, index) => {
        if (!trials.has(trial.id) || last.get(trial.id)?.element?.pending === true) return;
        last.set(trial.id, { submission, element: queue.get(queueKey(submission.job, index)) });
      });
    }
    return last;
  }

  #elements(submission: Submission): Element[] {
    const elements = this.#lists.get(submission.number) ?? elementsOf(submission);
    // One without elements may still be being made.
    if (elements.length > 0) this.#lists.set(submission.number, elements);
    return elements;
  }
}
