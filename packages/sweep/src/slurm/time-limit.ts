import { attemptFolder, attemptsOf } from "@attention-lab/results/store";
import { checkpointsIn } from "../attempt-history.ts";
import { slurmCommand } from "./slurm-command.ts";

/** Sent to a job some time before its time is up, unlike SIGTERM, which may mean that somebody cancelled it. */
export const timeUp = "SIGUSR2";

const secondsBefore = 90;
/** Slurm may send a signal a minute early; a job must have been of use by then. */
const shortestMinutes = 10;

/** The option of sbatch that has a job warned before its time is up; none where that is short, or unknown because the cluster decides it. */
export function warning(time: string | undefined): string[] {
  const minutes = time === undefined ? undefined : minutesOf(time);
  return minutes === undefined || minutes < shortestMinutes ? [] : [`--signal=B:USR2@${secondsBefore}`];
}

/** Minutes of a time as Slurm writes it: `90`, `90:00`, `1:30:00`, `1-12`, `1-12:30`, `1-12:30:00`. Undefined for other words. */
export function minutesOf(time: string): number | undefined {
  const [, days, clock = ""] = /^(?:(\d+)-)?(\d+(?::\d+){0,2})$/.exec(time) ?? [];
  if (clock === "") return undefined;
  const [a = 0, b = 0, c = 0] = clock.split(":").map(Number);
  if (days !== undefined) return 24 * 60 * Number(days) + 60 * a + b + c / 60;
  return clock.split(":").length === 3 ? 60 * a + b + c / 60 : a + b / 60;
}

/**
 * Has Slurm queue this process's own job again, to go on with a trial that was stopped because the job's time was up. Resolves with false when the
 * attempt left no checkpoint, so that the next one would come no further.
 */
export async function requeueAfter(trial: string, env: NodeJS.ProcessEnv = process.env): Promise<boolean> {
  const newest = attemptsOf(trial).at(-1);
  const job = env["SLURM_JOB_ID"];
  if (job === undefined || newest === undefined) return false;
  if (checkpointsIn(attemptFolder(trial, newest)).length === 0) return false;
  await slurmCommand("scontrol", ["requeue", job]);
  return true;
}
