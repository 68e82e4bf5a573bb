import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import type { TrialLimits } from "@attention-lab/results/store";
import { formatBytes } from "@attention-lab/results/browser";
import type { Failed } from "./messages.ts";

export type Limits = Pick<TrialLimits, "seconds" | "bytes">;

export interface LimitWatch {
  /** Which limit the process was ended for. */
  readonly broken: Failed | undefined;
  /** Most memory that was seen resident. */
  readonly residentBytes: number;
  end(): void;
}

const pollMilliseconds = 100;

/** Ends a process at its limits. Its resident memory is polled from /proc; where there is none, memory has no limit. */
export function limitedBy(child: ChildProcess, { seconds, bytes }: Limits): LimitWatch {
  let broken: Failed | undefined;
  let residentBytes = 0;
  const end = (failure: Failed): void => {
    broken ??= failure;
    child.kill("SIGKILL");
  };
  const late =
    seconds === undefined
      ? undefined
      : setTimeout(() => {
          end({ kind: "failed", status: "time-limit", message: `not done within the time limit of ${seconds} s` });
        }, seconds * 1000);
  const poll = setInterval(() => {
    residentBytes = Math.max(residentBytes, residentBytesOf(child.pid));
    if (bytes === undefined || residentBytes <= bytes) return;
    const message = `took ${formatBytes(residentBytes)} of memory, over its limit of ${formatBytes(bytes)}`;
    end({ kind: "failed", status: "out-of-memory", message });
  }, pollMilliseconds);
  return {
    get broken() {
      return broken;
    },
    get residentBytes() {
      return residentBytes;
    },
    end() {
      clearTimeout(late);
      clearInterval(poll);
    },
  };
}

function residentBytesOf(pid: number | undefined): number {
  if (pid === undefined) return 0;
  try {
    const [, kibibytes = "0"] = /^VmRSS:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return Number(kibibytes) * 1024;
  } catch {
    return 0;
  }
}
