import { rmSync } from "node:fs";
import type { StudyFolder } from "@attention-lab/results/store";
import { invalid } from "@attention-lab/tensors";
import { batchScript } from "./batch-script.ts";
import { slurmCommand } from "./slurm-command.ts";
import { slurmArguments, type SlurmOptions } from "./slurm-options.ts";
import { jobPrefix, newSubmission, submissionsFolder, type Element } from "./submission.ts";

/** What the jobs of a study run, and what is asked of the cluster for them. Commands run in this process's working folder. */
export interface BatchOptions {
  /** Runs one element; the number of its submission is added, and `SLURM_ARRAY_TASK_ID` says which element. */
  readonly command: readonly string[];
  /** Runs when all jobs have ended, such as to write the report. */
  readonly report?: readonly string[];
  readonly slurm: SlurmOptions;
}

/** Submits elements as one job array; resolves with its number and name. An Error says why the cluster refuses. */
export async function submitArray(
  folder: StudyFolder,
  elements: readonly Element[],
  { command, slurm }: BatchOptions,
): Promise<{ readonly array: string; readonly job: string }> {
  const { number, job, folder: place } = newSubmission(folder, elements);
  const own = [
    `--job-name=${job}`,
    `--array=0-${elements.length - 1}`,
    "--open-mode=append",
    ...into(place, "%A_%a.log"),
  ];
  const script = batchScript(process.cwd(), [...command, "--submission", String(number)]);
  try {
    return { array: await submit([...slurmArguments(slurm, { trial: true }), ...own], script), job };
  } catch (error) {
    // Refused outright, unlike an answer that was lost: then there may be a job.
    if (!/timed out|did not answer|contact/i.test(String(error))) rmSync(place, { recursive: true });
    throw error;
  }
}

/** Submits the report, to be written when those arrays are over, whatever came of them. */
export function submitReport(
  folder: StudyFolder,
  arrays: readonly string[],
  { report, slurm }: BatchOptions & Required<Pick<BatchOptions, "report">>,
): Promise<string> {
  const own = [`--job-name=${jobPrefix(folder)}-report`, ...into(submissionsFolder(folder), "report-%j.log")];
  // afterok would wait for ever when one element fails.
  const after = arrays.length === 0 ? [] : [`--dependency=afterany:${arrays.join(":")}`];
  return submit([...slurmArguments(slurm, { trial: false }), ...own, ...after], batchScript(process.cwd(), report));
}

/** Where a job writes. In the pattern of a file `%` has a meaning, and a backslash takes it from the whole pattern. */
function into(folder: string, file: string): string[] {
  return ["--chdir=/", `--output=${checkFolder(folder).replaceAll("%", "%%")}/${file}`];
}

/** Refuses a folder that Slurm cannot write into. */
export function checkFolder(folder: string): string {
  if (!folder.includes("\\")) return folder;
  throw invalid("slurm launcher", "the path of the study's folder must have no backslash", folder);
}

async function submit(words: readonly string[], script: string): Promise<string> {
  const text = await slurmCommand("sbatch", [...words, "--parsable", "--requeue"], script);
  // With several clusters: `17;name`.
  const [number = ""] = text.trim().split(";");
  return number;
}
