import { readTrialConfig, StudyFolder } from "@attention-lab/results";
import { Command } from "commander";
import { codes } from "../exit.ts";
import { type OneTrialOptions, runOneTrial } from "../study/one-trial.ts";

/** `attn trial FOLDER ID`: one trial of a study, as a cluster's job runs it. Exit code 0 when it has a result, 3 when another process is at it. */
export function trialCommand(): Command {
  return new Command("trial")
    .description("run one trial of a study's folder")
    .argument("<dir>", "the study's folder")
    .argument("<id>", "id of the trial")
    .option("--module <path>", "module of a program from outside")
    .option("--retry-failed", "run it again if it has failed")
    .action(async (dir: string, id: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<OneTrialOptions>();
      const folder = StudyFolder.open(dir);
      const trial = readTrialConfig(folder.trialFolder(id)) ?? folder.trials().find((each) => each.id === id);
      if (trial === undefined) throw new RangeError(`trial: ${dir} has no trial ${id}`);
      const outcome = await runOneTrial(folder, trial, options);
      if (outcome.kind === "failed") console.error(`attn: trial ${id}: ${outcome.failure.message}`);
      const unfinished = { busy: 3, died: codes.failure, stopped: codes.interrupted } as const;
      process.exitCode = outcome.kind in unfinished ? unfinished[outcome.kind as keyof typeof unfinished] : codes.ok;
    });
}
