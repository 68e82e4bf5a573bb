import { hostname } from "node:os";
import { join } from "node:path";
import {
  attemptFile,
  bootId,
  isProcessAlive,
  processStart,
  readIfThere,
  type AttemptOwner,
} from "@attention-lab/results/store";
import { isEarlierStart, ownJob } from "./slurm/slurm-job.ts";

/** An owner on another machine whose heartbeat stands still for so long is taken for dead. */
const silenceSeconds = 60;

/** The same where Slurm started our own job again, as it does with those of nodes that it has lost: three heartbeats and a bit. */
const lostNodeSeconds = 20;

/** Attempts that this very process works on, whichever part of it looks. */
const own = new Set<string>();

/**
 * Tells whether the owner of an attempt may still work on it. A process of this machine is looked up. One of another machine is watched: its heartbeat
 * is a number that rises, and only when it stood still for a minute of *our* unbroken watching is it taken for dead. No clock is ever compared with
 * another machine's, nor with what it showed before: clocks jump. Slurm starts a job again when it lost its node, but a node that lost its daemon only
 * still runs the older copy: such an owner is watched as well, for less long. To be wrong costs time, never a result.
 */
export class Lives {
  readonly #silence: number;
  readonly #seen = new Map<string, { readonly beat: string; readonly since: number }>();

  constructor(silence = silenceSeconds) {
    this.#silence = silence;
  }

  /** This process works on an attempt from now on. */
  begin(attempt: string): void {
    own.add(attempt);
  }

  end(attempt: string): void {
    own.delete(attempt);
  }

  mayBeAlive(attempt: string, owner: AttemptOwner): boolean {
    if (owner.host !== hostname() || owner.boot !== bootId()) return this.#beats(attempt, owner);
    if (owner.pid === process.pid && owner.start === processStart(process.pid)) return own.has(attempt);
    return isProcessAlive(owner.pid) && processStart(owner.pid) === owner.start;
  }

  #beats(attempt: string, { job }: AttemptOwner): boolean {
    const silence = isEarlierStart(job, ownJob()) ? Math.min(lostNodeSeconds, this.#silence) : this.#silence;
    const beat = readIfThere(join(attempt, attemptFile.heartbeat)) ?? "";
    const now = performance.now() / 1000;
    const before = this.#seen.get(attempt);
    if (before?.beat === beat) return now - before.since < silence;
    this.#seen.set(attempt, { beat, since: now });
    return true;
  }
}
