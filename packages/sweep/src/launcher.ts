import type { PlannedStudyTrial, StudyFolder } from "@attention-lab/results/store";
import type { AttemptOutcome } from "./attempt-trial.ts";
import type { Place } from "./places.ts";

/** The work of a study, as a launcher sees it. */
export interface StudyWork {
  readonly folder: StudyFolder;
  /** A trial to begin now; undefined when there is none at the moment. */
  take(): PlannedStudyTrial | undefined;
  /** Whether nothing is left, here or with another runner. */
  finished(): boolean;
  /** Claims the trial and runs it in a process of its own on this machine, at a place of its own. */
  attempt(trial: PlannedStudyTrial, place: Place): Promise<AttemptOutcome>;
  /** What was found out about trials that were taken and are not attempted here: they run elsewhere ("busy"), or have ended there. */
  settle(found: readonly (readonly [trial: PlannedStudyTrial, outcome: AttemptOutcome])[]): void;
  /** Set when no more trials shall be begun. */
  readonly stopping: AbortSignal;
}

/** Where trials run. It decides nothing about what is done: the file system does. */
export interface Launcher {
  readonly name: string;
  /** What the first Ctrl-C means, in words; unless given, that running trials are finished. */
  readonly interrupted?: string;
  /** Resolves when all work is finished, or when it was stopped. */
  launch(work: StudyWork): Promise<void>;
}
