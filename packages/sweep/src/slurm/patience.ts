import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { attemptFile, attemptFolder, attemptsOf, namesIn } from "@attention-lab/results/store";
import { checkpointsIn } from "../attempt-history.ts";
import type { LastSubmission } from "./last-submissions.ts";

const mostInVain = 3;

interface Seen {
  mark: string;
  inVain: number;
  /** The last submission that was judged. */
  judged: number;
}

/** Knows trials whose jobs come to nothing again and again: an endless loop of them would cost everybody's time. */
export class Patience {
  readonly #seen = new Map<string, Seen>();

  /** A trial is about to be submitted. What was submitted before this process began does not count: the cause may be gone. */
  submitting(trial: string, id: string): void {
    if (!this.#seen.has(id)) this.#seen.set(id, { mark: progressOf(trial), inVain: 0, judged: 0 });
  }

  /** After a submission that is over: why no further one makes sense, in one sentence, or undefined. */
  after(trial: string, id: string, last: LastSubmission): string | undefined {
    const seen = this.#seen.get(id);
    if (seen === undefined) return undefined;
    const { submission, element } = last;
    const mark = progressOf(trial);
    if (seen.judged !== submission.number) seen.inVain = seen.mark === mark ? seen.inVain + 1 : 0;
    Object.assign(seen, { mark, judged: submission.number });
    const log = element === undefined ? undefined : lastLine(join(submission.folder, `${element.job}.log`));
    // Not one element wrote a log: the cluster's machines cannot write where this process can. Once may have been a node's fault.
    const unseen =
      seen.inVain > 1 && mark === nothing && !namesIn(submission.folder).some((name) => name.endsWith(".log"));
    return seen.inVain >= mostInVain || unseen ? sentence(id, last, log, seen.inVain) : undefined;
  }
}

const nothing = "0 ";

/** Changes whenever an attempt died or left a checkpoint. One that was only stopped has come no further. */
function progressOf(trial: string): string {
  const attempts = attemptsOf(trial).map((number) => attemptFolder(trial, number));
  const ended = attempts.filter((attempt) => !existsSync(join(attempt, attemptFile.stopped)));
  const checkpoints = attempts.map((attempt) => checkpointsIn(attempt).at(-1) ?? "");
  return `${ended.length} ${checkpoints.filter((name) => name !== "").join(",")}`;
}

function sentence(id: string, { submission, element }: LastSubmission, log: string | undefined, times: number): string {
  const words = `slurm launcher: trial ${id.slice(0, 12)} was submitted ${times} times and came no further`;
  if (element === undefined) return `${words}; the queue knows nothing of ${submission.job}, its last job`;
  const { job, state, reason, node } = element;
  const wrote =
    log === undefined
      ? `without writing into ${submission.folder}: do the cluster's machines see that folder?`
      : `and wrote ${JSON.stringify(log)}`;
  const where = node === "" ? "" : ` on ${node}`;
  return `${words}; job ${job} ended ${state} (${reason})${where} ${wrote}`;
}

function lastLine(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  return readFileSync(path, "utf8").trim().split("\n").at(-1)?.slice(0, 300);
}
