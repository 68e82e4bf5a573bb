import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { StudyFolder } from "@attention-lab/results/store";
import { localLauncher } from "../../src/local-launcher.ts";
import type { Program } from "../../src/program.ts";
import { parseStudy, type StudySpec } from "../../src/study.ts";
import { planStudy, studyStart, type StudyPlan } from "../../src/study-plan.ts";
import { runStudy, type RunStudyOptions } from "../../src/run-study.ts";
import { bundled } from "./bundled.ts";
import hard from "./hard-program.ts";
import toy from "./toy-program.ts";

export function toyPlan(parameters: StudySpec["parameters"], more: Partial<StudySpec> = {}): StudyPlan {
  return planOf(toy, parameters, more);
}

export function hardPlan(does: string | readonly string[], more: Partial<StudySpec> = {}): StudyPlan {
  return planOf(hard, { does }, more);
}

/** Numbers of processes that a trial of the program `hard` wrote down in an attempt. */
export function pidsIn(attempt: string): number[] {
  const path = join(attempt, "files/pids");
  return existsSync(path) ? readFileSync(path, "utf8").split(" ").filter(Boolean).map(Number) : [];
}

export function planOf(program: Program, parameters: StudySpec["parameters"], more: Partial<StudySpec>): StudyPlan {
  const name = program.program;
  const study = parseStudy({ name, question: "Does it count?", program: name, parameters, ...more });
  return planStudy(study, { program });
}

export function begin(plan: StudyPlan, dir: string): StudyFolder {
  return StudyFolder.begin(dir, studyStart(plan, null), plan.trials);
}

/** The worker is given to processes of their own in the environment: they are bundles themselves, and cannot make one. */
const worker = process.env["TOY_WORKER"] ?? bundled("toy-worker");

export const runOptions: RunStudyOptions = {
  worker,
  execArgv: [],
  launcher: localLauncher({ processes: 3 }),
  environment: { commit: null, dirty: null, versions: {} },
};

/** Begins the study's folder, or goes on in it, and runs what it lacks. */
export async function runToy(plan: StudyPlan, dir: string, more: Partial<RunStudyOptions> = {}) {
  const folder = begin(plan, dir);
  const progress = await runStudy(plan, folder, { ...runOptions, ...more });
  return { folder, progress };
}
