import { readFileSync } from "node:fs";

/**
 * The most memory that this process ever held resident, in bytes. On Linux `maxRSS` of `process.resourceUsage()` begins with what the *parent* held
 * when it started this process (getrusage(2) keeps it across exec), so the kernel's own mark of this program is read instead.
 */
export function mostResidentBytes(): number {
  return residentMarkOf("self") ?? process.resourceUsage().maxRSS * 1024;
}

/** The high-water mark of a process, in bytes: memory that it took for a moment between two looks counts. Undefined where /proc does not tell. */
export function residentMarkOf(pid: number | "self"): number | undefined {
  try {
    const kibibytes = /^VmHWM:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
  } catch {
    return undefined;
  }
}
