import { slurmCommand } from "./slurm-command.ts";
import type { Submission } from "./submission.ts";

/** What the queue says of one element of a job array. It is never asked what is done: the folder knows. */
export interface QueuedElement {
  /** `17_3`: element 3 of array 17. */
  readonly job: string;
  readonly array: string;
  readonly state: string;
  readonly reason: string;
  readonly node: string;
  /** Still waiting or running. */
  readonly pending: boolean;
}

/** States in which an element will do nothing any more; a requeued one is PENDING again. */
const over = new Set([
  "BOOT_FAIL",
  "CANCELLED",
  "COMPLETED",
  "DEADLINE",
  "FAILED",
  "NODE_FAIL",
  "OUT_OF_MEMORY",
  "PREEMPTED",
  "REVOKED",
  "TIMEOUT",
]);

/** Elements of submissions that the queue still knows, by `<name of the job> <index>`. Jobs are found by name; --json and sacct differ between clusters. */
export async function askQueue(submissions: readonly Submission[]): Promise<Map<string, QueuedElement>> {
  if (submissions.length === 0) return new Map();
  const names = submissions.map(({ job }) => job).join(",");
  const text = await slurmCommand("squeue", ["-h", "-r", "-t", "all", `--name=${names}`, "-o", "%j|%F|%K|%T|%r|%N"]);
  return parseQueue(text);
}

/** Reads what squeue printed with the format `%j|%F|%K|%T|%r|%N`. */
export function parseQueue(text: string): Map<string, QueuedElement> {
  const queue = new Map<string, QueuedElement>();
  for (const line of text.split("\n")) {
    const [name, array = "", index = "", state = "", reason = "", node = ""] = line.split("|");
    if (name === undefined || state === "") continue;
    const key = queueKey(name, Number(index));
    // A submit whose answer was lost may have been repeated: two arrays of one name.
    if (queue.get(key)?.pending === true) continue;
    queue.set(key, { job: `${array}_${index}`, array, state, reason, node, pending: !over.has(state) });
  }
  return queue;
}

export function queueKey(job: string, index: number): string {
  return `${job} ${index}`;
}
