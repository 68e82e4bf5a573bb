import type { ChildProcess } from "node:child_process";
import type { TrialLimits } from "@attention-lab/results/store";
import { formatBytes } from "@attention-lab/results/browser";
import { alarm } from "./alarm.ts";
import type { Failed } from "./messages.ts";
import { residentMarkOf } from "./resident-memory.ts";

export type Limits = Pick<TrialLimits, "seconds" | "bytes">;

export interface LimitWatch {
  /** Which limit the process was ended for. */
  readonly broken: Failed | undefined;
  /** Most memory that was seen resident. */
  readonly residentBytes: number;
  end(): void;
}

const pollMilliseconds = 100;

/** Ends a process at its limits. The high-water mark of its memory is polled from /proc; where there is none, memory has no limit. */
export function limitedBy(child: ChildProcess, { seconds, bytes }: Limits): LimitWatch {
  let broken: Failed | undefined;
  let residentBytes = 0;
  const end = (failure: Failed): void => {
    broken ??= failure;
    child.kill("SIGKILL");
  };
  const message = `not done within the time limit of ${seconds} s`;
  const late = alarm(seconds ?? Infinity, () => end({ kind: "failed", status: "time-limit", message }));
  const poll = setInterval(() => {
    residentBytes = Math.max(residentBytes, child.pid === undefined ? 0 : (residentMarkOf(child.pid) ?? 0));
    const over = overMemory(residentBytes, bytes);
    if (over !== undefined) end(over);
  }, pollMilliseconds);
  return {
    get broken() {
      return broken;
    },
    get residentBytes() {
      return residentBytes;
    },
    end() {
      late();
      clearInterval(poll);
    },
  };
}

/** What became of a trial that held so much memory; undefined when that is within its limit. */
export function overMemory(residentBytes: number, limit: number | undefined): Failed | undefined {
  if (limit === undefined || residentBytes <= limit) return undefined;
  const message = `took ${formatBytes(residentBytes)} of memory, over its limit of ${formatBytes(limit)}`;
  return { kind: "failed", status: "out-of-memory", message };
}
