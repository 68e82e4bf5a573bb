import { slurmCommand } from "./slurm-command.ts";
import type { QueuedElement } from "./slurm-queue.ts";

const mostReleases = 3;

/** Elements that wait in the queue but will never run by themselves, and of which nothing else would be heard. */
export class HeldJobs {
  readonly #released = new Map<string, number>();

  /**
   * Slurm holds a job that a node failed to start: such ones are released, a few times. Those that a person holds stay; resolves with a sentence about
   * them, or undefined. Errors: the controller does not answer.
   */
  async look(queued: readonly QueuedElement[]): Promise<string | undefined> {
    const held = queued.filter(({ state, reason }) => state === "PENDING" && /held/i.test(reason));
    const [failed, others] = [
      held.filter((each) => this.#mayRelease(each)),
      held.filter((each) => !this.#mayRelease(each)),
    ];
    for (const { job } of failed) this.#released.set(job, (this.#released.get(job) ?? 0) + 1);
    if (failed.length > 0) await slurmCommand("scontrol", ["release", failed.map(({ job }) => job).join(",")]);
    const [first] = others;
    if (first === undefined) return undefined;
    const [be, them] = others.length === 1 ? ["trial is", "it"] : ["trials are", "them"];
    const arrays = [...new Set(others.map(({ array }) => array))].join(",");
    return `${others.length} ${be} held in the queue (${first.reason}); let ${them} run with: scontrol release ${arrays}`;
  }

  #mayRelease({ job, reason }: QueuedElement): boolean {
    return /launch.failed/.test(reason) && (this.#released.get(job) ?? 0) < mostReleases;
  }
}
