import { type Launcher, localLauncher, type StudyPlan } from "@attention-lab/sweep";
import type { GlobalOptions } from "../global-options.ts";
import { checkLaunchOptions, type LaunchOptions } from "./launch-options.ts";
import { slurmOf } from "./slurm-of.ts";

export type LauncherChoice = GlobalOptions & LaunchOptions & { readonly out: string; readonly retryFailed?: boolean };

/** The launcher that the command line asks for; `note` is given sentences about what it does. A RangeError names an option that does not go with it. */
export function launcherOf(plan: StudyPlan, options: LauncherChoice, note: (text: string) => void): Launcher {
  checkLaunchOptions(options);
  if (options.launcher === "slurm") return slurmOf(plan, options, note);
  const { processes, threads, gpus } = options;
  const { bytes } = plan.study.limits;
  return localLauncher({
    ...(processes === undefined ? {} : { processes }),
    ...(threads === undefined ? {} : { threads }),
    ...(gpus === undefined ? {} : { gpus }),
    ...(bytes === undefined ? {} : { bytes }),
  });
}
