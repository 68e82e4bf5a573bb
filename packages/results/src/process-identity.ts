import { readFileSync, readlinkSync } from "node:fs";
import { errorCode } from "./disk.ts";

/** Whether a process of this machine runs. One that was killed but not yet waited for by its parent does not. */
export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
  return !/^\d+ \(.*\) Z/s.test(readStat(pid));
}

/** When a process began, in the kernel's ticks: tells it from a later one with the same number. "?" where unknown. */
export function processStart(pid: number): string {
  return (
    readStat(pid)
      .replace(/^.*\) /s, "")
      .split(" ")[19] ?? "?"
  );
}

/**
 * Tells apart what counts processes anew: two starts of a machine, and two containers on it, which may have one host name. "" where unknown.
 */
export function bootId(): string {
  try {
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return "";
  }
}

function readStat(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return "";
  }
}
