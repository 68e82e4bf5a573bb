import { invalid } from "@attention-lab/tensors";
import { warning } from "./time-limit.ts";

/** What is asked of a cluster for each trial. */
export interface SlurmOptions {
  readonly partition?: string;
  readonly account?: string;
  /** As Slurm writes it: minutes, `2:00:00`, `1-12`. */
  readonly time?: string;
  readonly cpus?: number;
  /** As Slurm writes it: `8G`. */
  readonly memory?: string;
  readonly gpus?: number;
  /** Further options of sbatch, each one word such as `--constraint=a100`. */
  readonly more?: readonly string[];
}

/** Options that would make another job of it than the launcher believes. */
const ours = [
  "--array",
  "--chdir",
  "--dependency",
  "--error",
  "--help",
  "--input",
  "--job-name",
  "--ntasks",
  "--output",
  "--parsable",
  "--requeue",
  "--no-requeue",
  "--test-only",
  "--usage",
  "--version",
  "--wait",
  "--wrap",
];
const letters = ["-a", "-D", "-d", "-e", "-h", "-i", "-J", "-n", "-o", "-V", "-W"];

/** The same as arguments of sbatch. A job that is no trial gets what the cluster gives by default. A RangeError names an option that cannot be given. */
export function slurmArguments(options: SlurmOptions, { trial }: { readonly trial: boolean }): string[] {
  const { partition, account, time, cpus, memory, gpus, more = [] } = options;
  for (const option of more) checkOption(option);
  const resources = { time, "cpus-per-task": cpus, mem: memory, gres: gpus === undefined ? undefined : `gpu:${gpus}` };
  const given = Object.entries({ partition, account, ...(trial ? resources : {}) });
  const words = given.flatMap(([name, value]) => (value === undefined ? [] : [`--${name}=${value}`]));
  return [...words, ...(trial ? warning(time) : []), ...more];
}

function checkOption(option: string): void {
  const who = "--slurm-option";
  if (!option.startsWith("-")) throw invalid(who, "must be an option of sbatch such as --constraint=a100", option);
  if (/\p{Cc}/u.test(option)) throw invalid(who, "must not have line breaks or other control characters", option);
  const [name = ""] = option.split("=");
  if (ours.some((each) => name.length > 2 && each.startsWith(name)) || letters.includes(option.slice(0, 2))) {
    throw invalid(who, "must not be one that the launcher sets itself (arrays, names, folders, waiting)", option);
  }
}
