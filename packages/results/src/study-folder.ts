import { createHash } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { onDisk, writeAtomically } from "./disk.ts";
import { PlannedStudyTrial, StudyRecord } from "./study-schema.ts";
import { namesIn, readIfThere, readTrialConfig, readTyped, trialFile } from "./trial-files.ts";

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
      refuseForeign(dir);
      onDisk("make", dir, () => mkdirSync(join(dir, TRIALS), { recursive: true }));
      writeAtomically(join(dir, PLAN), trials.map((trial) => `${JSON.stringify(trial)}\n`).join(""));
      const at = new Date().toISOString();
      const study = StudyRecord.parse({ schema: 1, kind: "study", ...start, plan, planned: trials.length, at });
      writeAtomically(join(dir, STUDY), `${JSON.stringify(study, undefined, 2)}\n`);
    }
    const folder = StudyFolder.open(dir);
    const { study } = folder;
    if (study.plan === plan) return folder;
    throw new Error(
      study.name === start.name
        ? `study folder: ${dir} holds "${study.name}" with other trials (${study.planned} planned, yours are ${trials.length}); choose another folder`
        : `study folder: ${dir} holds another study ("${study.name}", not "${start.name}"); choose another folder`,
    );
  }

  trialFolder(id: string): string {
    return join(this.dir, TRIALS, id);
  }

  /** Makes the folder of a trial, with its `config.json`; one that is there already stays as it is. */
  prepare(trial: PlannedStudyTrial): string {
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
    const text = readIfThere(path);
    if (text === undefined) throw new Error(`study folder: ${path} is missing; plan the study into a new folder`);
    return text
      .split("\n")
      .slice(0, -1)
      .map((line) => PlannedStudyTrial.parse(JSON.parse(line)));
  }
}

function planHash(trials: readonly PlannedStudyTrial[]): string {
  const hash = createHash("sha256");
  for (const { id } of trials) hash.update(`${id}\n`);
  return hash.digest("hex");
}

/** Files of a start that was killed are ours; anything else is somebody's data. */
function refuseForeign(dir: string): void {
  const foreign = namesIn(dir).filter((name) => name !== TRIALS && name !== PLAN && !name.endsWith(".draft"));
  if (foreign.length === 0 || StudyFolder.isStudy(dir)) return;
  throw new Error(
    `study folder: ${dir} is not empty and has no ${STUDY}, so it is not the folder of a study; choose a new one`,
  );
}
