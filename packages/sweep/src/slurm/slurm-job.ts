/** The cluster's job that a process is part of. One that was requeued has the same name and a higher count. */
export interface SlurmJob {
  readonly name: string;
  readonly restart: number;
}

/** The job that this process is part of: `17_3` is element 3 of array 17. Undefined outside of Slurm. */
export function ownJob(env: NodeJS.ProcessEnv = process.env): SlurmJob | undefined {
  const {
    SLURM_JOB_ID: job,
    SLURM_ARRAY_JOB_ID: array,
    SLURM_ARRAY_TASK_ID: element,
    SLURM_RESTART_COUNT: restart,
  } = env;
  if (job === undefined) return undefined;
  const name = array === undefined || element === undefined ? job : `${array}_${element}`;
  return { name, restart: Number(restart ?? 0) };
}

/** As `owner.json` keeps it. */
export function jobText({ name, restart }: SlurmJob): string {
  return `${name} restart ${restart}`;
}

/** Whether an owner's job is an earlier start of this one: Slurm started it again because it took that for dead. */
export function isEarlierStart(text: string | null, own: SlurmJob | undefined): boolean {
  const [, name, restart] = /^(\S+) restart (\d+)$/.exec(text ?? "") ?? [];
  return own !== undefined && name === own.name && Number(restart) < own.restart;
}
