import { slurmLauncher, type SlurmLauncherOptions } from "../../src/slurm/slurm-launcher.ts";
import { bundled } from "../study/bundled.ts";
import { runOptions } from "../study/toy-study.ts";

// Jobs have the environment of whoever submits them.
process.env["TOY_WORKER"] = runOptions.worker;
process.env["TOY_ELEMENT"] ??= bundled("../slurm/toy-element");

/** The launcher as the tests use it; what it says is kept in `said`. */
export function toyLauncher(dir: string, said: string[] = [], more: Partial<SlurmLauncherOptions> = {}) {
  return slurmLauncher({
    command: [process.execPath, process.env["TOY_ELEMENT"] ?? "", dir],
    slurm: { cpus: 1 },
    lookEverySeconds: 1.1,
    askAfterSeconds: 1,
    note: (text) => said.push(text),
    ...more,
  });
}
