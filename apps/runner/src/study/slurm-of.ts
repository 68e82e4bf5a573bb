import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type Launcher, slurmLauncher, type SlurmOptions, type StudyPlan } from "@attention-lab/sweep";
import type { LauncherChoice } from "./launcher-of.ts";

/** Beside what a trial may take: starting Node, and the process that watches it. */
const extra = { minutes: 5, mebibytes: 512 };

/** The Slurm launcher: jobs run `attn trial` and, in the end, `attn report`, by this Node and in this working folder. */
export function slurmOf({ study, program }: StudyPlan, choice: LauncherChoice, note: (text: string) => void): Launcher {
  const { out, backend, threads, keepDiff = false, chunk, detach = false, retryFailed = false } = choice;
  if (detach && study.sampler.name === "asha") {
    throw new RangeError(
      "--detach: must not be given with the sampler asha, which adds trials while others finish; leave it out, and let the command run in tmux or a job of its own",
    );
  }
  const attn = [process.execPath, ...process.execArgv, mainFile()];
  const flags: Readonly<Record<string, string | number | undefined>> = { module: program.module, backend, threads };
  const words = Object.entries(flags).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}=${value}`]));
  return slurmLauncher({
    command: [...attn, "trial", resolve(out), ...words, ...(keepDiff ? ["--keep-diff"] : [])],
    report: [...attn, "report", resolve(out)],
    slurm: asked(study.limits, choice),
    detach,
    retryFailed,
    note,
    ...(chunk === undefined ? {} : { chunk }),
  });
}

/** What is asked of the cluster: as the command line says, or else what follows from the study's limits. */
function asked({ seconds, bytes }: StudyPlan["study"]["limits"], choice: LauncherChoice): SlurmOptions {
  const { partition, account, cpus, gpusPerTrial: gpus, slurmOption: more } = choice;
  const time = choice.time ?? (seconds === undefined ? undefined : String(Math.ceil(seconds / 60) + extra.minutes));
  const mebibytes = bytes === undefined ? undefined : Math.ceil(bytes / 2 ** 20) + extra.mebibytes;
  const memory = choice.memory ?? (mebibytes === undefined ? undefined : `${mebibytes}M`);
  const all = { partition, account, time, cpus, memory, gpus, more };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** The file of the attn command: as source, or compiled. */
function mainFile(): string {
  const file = import.meta.url.endsWith(".ts") ? "../main.ts" : "../main.js";
  return fileURLToPath(new URL(file, import.meta.url));
}
