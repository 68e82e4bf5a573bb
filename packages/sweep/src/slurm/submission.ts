import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import {
  errorCode,
  namesIn,
  onDisk,
  PlannedStudyTrial,
  readIfThere,
  writeAtomically,
  type StudyFolder,
} from "@attention-lab/results/store";
import { z } from "zod";

/** One element of a job array: the trial that it runs. */
export const Element = z.strictObject({
  trial: PlannedStudyTrial,
  /** Try it again although it has failed, unless that was in a later attempt than this. */
  retryAfter: z.int().optional(),
});
export type Element = z.infer<typeof Element>;

/** A job array: what was, or was about to be, given to the cluster. */
export interface Submission {
  readonly number: number;
  /** `slurm/<number>` of the study's folder: the list of elements, and what they print. */
  readonly folder: string;
  /** The job's name, by which it is found again whether or not sbatch lived to tell its number. */
  readonly job: string;
}

const LIST = "elements.jsonl";

/** What the names of all jobs of a study's folder begin with. Another folder, even one at the same path later, has other names. */
export function jobPrefix({ study }: StudyFolder): string {
  const text = `${study.plan} ${study.at}`;
  return `attn-${createHash("sha256").update(text).digest("hex").slice(0, 12)}`;
}

export function submissionsFolder({ dir }: StudyFolder): string {
  return resolve(dir, "slurm");
}

/** All submissions of a folder, in their order. */
export function submissionsOf(folder: StudyFolder): Submission[] {
  return namesIn(submissionsFolder(folder))
    .filter((name) => /^[1-9]\d*$/.test(name))
    .map((name) => submission(folder, Number(name)))
    .toSorted((a, b) => a.number - b.number);
}

/** Makes the next submission; two runners that do so at once get different numbers. */
export function newSubmission(folder: StudyFolder, elements: readonly Element[]): Submission {
  const parent = submissionsFolder(folder);
  onDisk("make", parent, () => mkdirSync(parent, { recursive: true }));
  for (let number = (submissionsOf(folder).at(-1)?.number ?? 0) + 1; ; number++) {
    const made = submission(folder, number);
    try {
      mkdirSync(made.folder);
    } catch (error) {
      if (errorCode(error) === "EEXIST") continue;
      throw error;
    }
    writeAtomically(join(made.folder, LIST), elements.map((element) => `${JSON.stringify(element)}\n`).join(""));
    return made;
  }
}

/** The elements of a submission, by their index; none when its making was cut short. */
export function elementsOf({ folder }: Submission): Element[] {
  const lines = (readIfThere(join(folder, LIST)) ?? "").split("\n").slice(0, -1);
  return lines.map((line) => Element.parse(JSON.parse(line)));
}

/** The element that the environment of a job says. Errors: there is no such submission or element. */
export function ownElement(folder: StudyFolder, number: number, index: string | undefined): Element {
  const element = elementsOf(submission(folder, number))[Number(index ?? NaN)];
  if (element !== undefined) return element;
  throw new RangeError(
    `trial: ${folder.dir} has no element ${index} of submission ${number} (SLURM_ARRAY_TASK_ID says which); it is meant for the cluster's jobs`,
  );
}

function submission(folder: StudyFolder, number: number): Submission {
  return { number, folder: join(submissionsFolder(folder), String(number)), job: `${jobPrefix(folder)}-${number}` };
}
