/**
 * Ends what is left of a process that was started `detached`: those that it started itself form its group, and outlive it. A process that left the
 * group on purpose (`setsid`) is not reached. Call it once the leader is gone; undefined: it never started.
 */
export function killGroup(leader: number | undefined): void {
  if (leader !== undefined) signalGroup(leader);
}

/** Ends this process and its group, when it leads one. */
export function killOwnGroup(): void {
  if (!signalGroup(process.pid)) process.exit(0);
}

function signalGroup(leader: number): boolean {
  try {
    return process.kill(-leader, "SIGKILL");
  } catch {
    // Nobody is left in it, or the system has no groups.
    return false;
  }
}
