import { type PlannedStudyTrial, readTrialConfig, StudyFolder, trialStanding } from "@attention-lab/results";
import { ownElement } from "@attention-lab/sweep";
import { Command } from "commander";
import { codes } from "../exit.ts";
import { whole } from "../numbers.ts";
import { type OneTrialOptions, runOneTrial } from "../study/one-trial.ts";

type Options = OneTrialOptions & { readonly retryFailed?: boolean; readonly submission?: number };

/** `attn trial FOLDER ID`: one trial of a study, as a cluster's job runs it. Exit code 0 when it has a result or a failure, 130 when it was stopped. */
export function trialCommand(): Command {
  return new Command("trial")
    .description("run one trial of a study's folder, or wait for whoever works on it")
    .argument("<dir>", "the study's folder")
    .argument("[id]", "id of the trial")
    .option("--submission <n>", "instead of an id: a submission whose element SLURM_ARRAY_TASK_ID it is", submission)
    .option("--module <path>", "module of a program from outside")
    .option("--retry-failed", "run it again if it has failed")
    .option("--keep-diff", "keep the working folder's uncommitted changes with the attempt")
    .action(async (dir: string, id: string | undefined, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const folder = StudyFolder.open(dir);
      const { trial, retryAfter } = chosen(folder, id, options);
      const outcome = await runOneTrial(folder, trial, retryAfter, options);
      console.error(`trial ${trial.id}: ${outcome.kind === "failed" ? outcome.failure.message : outcome.kind}`);
      process.exitCode = outcome.kind === "stopped" ? codes.interrupted : codes.ok;
    });
}

const submission = whole("submission", 1);

interface Chosen {
  readonly trial: PlannedStudyTrial;
  readonly retryAfter: number;
}

function chosen(folder: StudyFolder, id: string | undefined, { submission: number, retryFailed }: Options): Chosen {
  if (number !== undefined) {
    const { trial, retryAfter = 0 } = ownElement(folder, number, process.env["SLURM_ARRAY_TASK_ID"]);
    return { trial, retryAfter };
  }
  if (id === undefined) throw new RangeError("trial: needs the id of a trial, or --submission");
  const place = folder.trialFolder(id);
  const trial = readTrialConfig(place) ?? folder.trials().find((each) => each.id === id);
  if (trial === undefined) throw new RangeError(`trial: ${folder.dir} has no trial ${id}`);
  const standing = trialStanding(place);
  return { trial, retryAfter: retryFailed === true && standing.status === "failed" ? standing.failure.attempt : 0 };
}
