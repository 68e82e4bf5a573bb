import { readFileSync } from "node:fs";

/**
 * How often Linux has ended a process for want of memory since it started: a SIGKILL while this number rose was the kernel's, any other somebody's.
 * 0 where it is not told.
 */
export function outOfMemoryKills(): number {
  return Math.max(...["/proc/vmstat", "/sys/fs/cgroup/memory.events"].map(killsIn));
}

function killsIn(path: string): number {
  try {
    return Number(/^oom_kill (\d+)$/m.exec(readFileSync(path, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
