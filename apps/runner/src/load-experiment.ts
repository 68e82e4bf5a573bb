import { dirname, resolve } from "node:path";
import {
  applyStudyOverrides,
  type Experiment,
  findProgram,
  isStudySpec,
  parseExperiment,
  parseStudy,
  planStudy,
  type StudyPlan,
  withOutsideVariants,
} from "@attention-lab/sweep";
import { builtInPrograms } from "./built-in-programs.ts";
import { readSpec, told } from "./read-spec.ts";

export type Loaded =
  | { readonly kind: "experiment"; readonly experiment: Experiment }
  | { readonly kind: "study"; readonly plan: StudyPlan };

/**
 * Reads the file of a cost experiment (`defineExperiment`) or of a study (`defineStudy`): a module, JSON or YAML. Variants and programs that it or the
 * overrides name by module are loaded; a study is planned. Every fault is one sentence.
 */
export async function loadExperiment(file: string, overrides: readonly string[]): Promise<Loaded> {
  const raw = await readSpec(file);
  if (isStudySpec(raw)) return { kind: "study", plan: await plannedStudy(file, raw, overrides) };
  const experiment = told(file, () => parseExperiment(raw));
  return { kind: "experiment", experiment: await withOutsideVariants(experiment, { file, overrides }) };
}

async function plannedStudy(file: string, raw: unknown, overrides: readonly string[]): Promise<StudyPlan> {
  const study = told(file, () => parseStudy(raw));
  const found = await findProgram(study.program, builtInPrograms, dirname(resolve(file)));
  const changed = applyStudyOverrides(study, overrides, found.program);
  return told(file, () => planStudy(changed, found));
}
