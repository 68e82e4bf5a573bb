import { invalid } from "@attention-lab/tensors";
import { type Command, Option } from "commander";
import { whole } from "../numbers.ts";

/** Options of `attn sweep` that concern studies. */
export interface LaunchOptions {
  readonly launcher?: "local" | "slurm";
  readonly processes?: number;
  readonly gpus?: readonly string[];
  readonly keepDiff?: boolean;
  readonly partition?: string;
  readonly account?: string;
  readonly time?: string;
  readonly cpus?: number;
  readonly memory?: string;
  readonly gpusPerTrial?: number;
  readonly slurmOption?: readonly string[];
  readonly chunk?: number;
  readonly detach?: boolean;
}

export function addLaunchOptions(command: Command): Command {
  return command
    .addOption(new Option("--launcher <where>", "studies: where trials run").choices(["local", "slurm"]))
    .option("--processes <n>", "local: trials at the same time (default: what cores and memory allow)", processes)
    .option("--gpus <list>", "local: devices to share out among trials, such as 0,1", devices)
    .option("--keep-diff", "studies: keep the working folder's uncommitted changes with every attempt")
    .option("--detach", "slurm: submit and return; otherwise the folder is watched, and lost jobs are submitted again")
    .option("--partition <name>", "slurm: where jobs are queued")
    .option("--account <name>", "slurm: whom they are charged to")
    .option("--time <limit>", "slurm: a job's time, such as 2:00:00 (default: the study's seconds and 5 minutes)")
    .option("--cpus <n>", "slurm: cores of each trial", whole("cpus", 1))
    .option("--memory <size>", "slurm: memory of each trial, such as 8G (default: the study's bytes and 512 MiB)")
    .option("--gpus-per-trial <n>", "slurm: GPUs of each trial", whole("gpus-per-trial", 1))
    .option("--slurm-option <option>", "slurm: one more option of sbatch, such as --constraint=a100", collected)
    .option("--chunk <n>", "slurm: trials per job array (default: what the cluster allows)", whole("chunk", 1));
}

/** Says which option does not go with the chosen launcher. */
export function checkLaunchOptions(options: LaunchOptions): void {
  const local = { processes: options.processes, gpus: options.gpus };
  const { partition, account, time, cpus, memory, gpusPerTrial, slurmOption, chunk, detach } = options;
  const slurm = { partition, account, time, cpus, memory, gpusPerTrial, slurmOption, chunk, detach };
  const [chosen, foreign] = options.launcher === "slurm" ? ["local", local] : ["slurm", slurm];
  const given = Object.entries(foreign).find(([, value]) => value !== undefined);
  if (given === undefined) return;
  const flag = given[0].replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new RangeError(`--${flag}: must be given with --launcher ${chosen} only`);
}

/** Trials of a cost experiment are compared with each other, which jobs on different nodes do not allow. */
export function refuseCluster({ launcher }: LaunchOptions): void {
  if (launcher !== "slurm") return;
  throw new RangeError(
    "--launcher slurm: must be given with a study only, since one process interleaves the repeats of a cost experiment; a study of the program attention-cost measures the same layers one by one (docs/slurm.md has an example)",
  );
}

const processes = whole("processes", 1);

function collected(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}

function devices(text: string): string[] {
  const names = text.split(",").map((name) => name.trim());
  if (names.includes("")) throw invalid("--gpus", "must be devices separated by commas, such as 0,1", text);
  return names;
}
