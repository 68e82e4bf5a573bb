import { fileURLToPath } from "node:url";
import { StudyFolder } from "@attention-lab/results";
import { localLauncher } from "../../src/local-launcher.ts";
import { parseStudy, type StudySpec } from "../../src/study.ts";
import { planStudy, studyStart, type StudyPlan } from "../../src/study-plan.ts";
import { runStudy, type RunStudyOptions } from "../../src/run-study.ts";
import toy from "./toy-program.ts";

const worker = fileURLToPath(new URL("toy-worker.ts", import.meta.url));
const execArgv = ["--conditions=@attention-lab/source", "--import", "tsx"];

export function toyPlan(parameters: StudySpec["parameters"], more: Partial<StudySpec> = {}): StudyPlan {
  const study = parseStudy({ name: "toy", question: "Does it count?", program: "toy", parameters, ...more });
  return planStudy(study, { program: toy });
}

export function begin(plan: StudyPlan, dir: string): StudyFolder {
  return StudyFolder.begin(dir, studyStart(plan, null), plan.trials);
}

export const runOptions: RunStudyOptions = {
  worker,
  execArgv,
  launcher: localLauncher({ processes: 3 }),
  environment: { commit: null, dirty: null, versions: {} },
};

/** Begins the study's folder, or goes on in it, and runs what it lacks. */
export async function runToy(plan: StudyPlan, dir: string, more: Partial<RunStudyOptions> = {}) {
  const folder = begin(plan, dir);
  const progress = await runStudy(plan, folder, { ...runOptions, ...more });
  return { folder, progress };
}
