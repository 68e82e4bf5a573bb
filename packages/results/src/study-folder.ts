import { createHash } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { onDisk, writeAtomically } from "./disk.ts";
import { PlannedStudyTrial, StudyRecord } from "./study-schema.ts";
import { namesIn, readIfThere, readLines, readTrialConfig, readTyped, trialFile } from "./trial-files.ts";

const STUDY = "study.json";
const PLAN = "plan.jsonl";
const TRIALS = "trials";

/** What a study is begun with, besides what follows from its trials. */
export type StudyStart = Omit<StudyRecord, "schema" | "kind" | "plan" | "planned" | "at">;

/** The folder of a study. Nothing is held in memory or locked: any number of runners on any number of machines may share one. */
export class StudyFolder {
  readonly dir: string;
  readonly study: StudyRecord;

  private constructor(dir: string, study: StudyRecord) {
    this.dir = dir;
    this.study = study;
  }

  /** Whether a folder holds a study (and not a cost experiment). */
  static isStudy(dir: string): boolean {
    return existsSync(join(dir, STUDY));
  }

  /** Reads a folder; an Error says in one sentence why it is none. */
  static open(dir: string): StudyFolder {
    const study = readTyped(join(dir, STUDY), StudyRecord);
    if (study !== undefined) return new StudyFolder(dir, study);
    const what = existsSync(dir) ? `${dir} is not the folder of a study (it has no ${STUDY})` : `there is no ${dir}`;
    throw new Error(`study folder: ${what}; give a folder that a sweep wrote`);
  }

  /**
   * Begins a folder, or goes on in it when it holds the same plan. Two runners may do so at once: both write the same bytes.
   * Errors: the folder holds another study or something else.
   */
  static begin(dir: string, start: StudyStart, trials: readonly PlannedStudyTrial[]): StudyFolder {
    const plan = planHash(trials);
    if (!StudyFolder.isStudy(dir)) {
      onDisk("make", dir, () => mkdirSync(dir, { recursive: true }));
      refuseForeign(dir, trials);
      onDisk("make", dir, () => mkdirSync(join(dir, TRIALS), { recursive: true }));
      writeAtomically(join(dir, PLAN), planText(trials));
      const at = new Date().toISOString();
      const study = StudyRecord.parse({ schema: 1, kind: "study", ...start, plan, planned: trials.length, at });
      writeAtomically(join(dir, STUDY), `${JSON.stringify(study, undefined, 2)}\n`);
    }
    const folder = StudyFolder.open(dir);
    const { study } = folder;
    if (study.plan === plan) {
      folder.#mendPlan(trials);
      return folder;
    }
    throw new Error(
      study.name === start.name
        ? `study folder: ${dir} holds "${study.name}" with other trials (${study.planned} planned, yours are ${trials.length}); choose another folder`
        : `study folder: ${dir} holds another study ("${study.name}", not "${start.name}"); choose another folder`,
    );
  }

  trialFolder(id: string): string {
    return join(this.dir, TRIALS, id);
  }

  /** Makes the folder of a trial, with its `config.json`; one that is there already stays as it is. Errors: the study itself was deleted. */
  prepare(trial: PlannedStudyTrial): string {
    if (!StudyFolder.isStudy(this.dir))
      throw new Error(`study folder: ${join(this.dir, STUDY)} was deleted while the study ran; run the sweep again`);
    const folder = this.trialFolder(trial.id);
    const config = join(folder, trialFile.config);
    if (existsSync(config)) return folder;
    onDisk("make", folder, () => mkdirSync(join(folder, trialFile.attempts), { recursive: true }));
    writeAtomically(config, `${JSON.stringify(trial, undefined, 2)}\n`);
    return folder;
  }

  /** All trials: those of the plan, and those that a sampler added while the study ran. */
  trials(): PlannedStudyTrial[] {
    const planned = this.#planned();
    const known = new Set(planned.map(({ id }) => id));
    const added = namesIn(join(this.dir, TRIALS)).filter((id) => !known.has(id));
    return [...planned, ...added.toSorted().flatMap((id) => readTrialConfig(this.trialFolder(id)) ?? [])];
  }

  #planned(): PlannedStudyTrial[] {
    const path = join(this.dir, PLAN);
    const trials = readLines(path, PlannedStudyTrial);
    if (trials !== undefined && planHash(trials) === this.study.plan) return trials;
    const lost = trials === undefined ? "is missing" : `is damaged (${trials.length} of ${this.study.planned} trials)`;
    throw new Error(`study folder: ${path} ${lost}; run the same sweep again, which writes it anew`);
  }

  /** Writes a plan that somebody deleted or damaged again: these trials are the same. */
  #mendPlan(trials: readonly PlannedStudyTrial[]): void {
    const path = join(this.dir, PLAN);
    if (!isPlanOf(path, trials)) writeAtomically(path, planText(trials));
  }
}

function planText(trials: readonly PlannedStudyTrial[]): string {
  return trials.map((trial) => `${JSON.stringify(trial)}\n`).join("");
}

/** Whether a file holds the plan of these trials, however its keys are ordered. */
function isPlanOf(path: string, trials: readonly PlannedStudyTrial[]): boolean {
  if (readIfThere(path) === planText(trials)) return true;
  try {
    return planHash(readLines(path, PlannedStudyTrial) ?? []) === planHash(trials);
  } catch {
    return false;
  }
}

function planHash(trials: readonly PlannedStudyTrial[]): string {
  const hash = createHash("sha256");
  for (const { id } of trials) hash.update(`${id}\n`);
  return hash.digest("hex");
}

/** Whatever lies beside our plan is ours, and so are files of a start that was killed; anything else is somebody's data. */
function refuseForeign(dir: string, trials: readonly PlannedStudyTrial[]): void {
  if (StudyFolder.isStudy(dir) || isPlanOf(join(dir, PLAN), trials)) return;
  const begun = namesIn(join(dir, TRIALS)).length > 0;
  const own = begun ? [] : [TRIALS, PLAN];
  if (namesIn(dir).every((name) => own.includes(name) || name.endsWith(".draft"))) return;
  const what = begun ? "holds trials of another plan" : "is not empty";
  throw new Error(
    `study folder: ${dir} ${what} and has no ${STUDY}, so it is not the folder of a study; choose a new one`,
  );
}
