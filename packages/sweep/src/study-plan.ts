import { unknownName } from "@attention-lab/catalog";
import { trialId, type PlannedStudyTrial, type ProgramIdentity, type StudyStart } from "@attention-lab/results/store";
import { gridPoints, nested, randomPoints, type Point } from "./parameter-points.ts";
import type { Program } from "./program.ts";
import type { FoundProgram } from "./find-program.ts";
import type { Study } from "./study.ts";
import type { TrialCost } from "./trial-cost.ts";

export interface StudyPlan {
  readonly study: Study;
  readonly program: FoundProgram;
  readonly trials: readonly PlannedStudyTrial[];
  /** What each trial is expected to take, by its id; a trial is missing where its program does not say. */
  readonly costs: ReadonlyMap<string, TrialCost>;
  /** Combinations that the program refuses, each with its sentence. */
  readonly skipped: readonly { readonly config: Point; readonly because: string }[];
}

/** Every trial of a study, or why it is skipped; of successive halving, the trials of the first rung. Pure: nothing is run or written. */
export function planStudy(study: Study, found: FoundProgram): StudyPlan {
  checkNames(study, found.program);
  const trials = new Map<string, PlannedStudyTrial>();
  const costs = new Map<string, TrialCost>();
  const skipped: { config: Point; because: string }[] = [];
  for (const point of pointsOf(study)) {
    const made = studyTrials(found, nested(point), study.seeds);
    if ("because" in made) skipped.push({ config: point, because: made.because });
    // Points that differ in writing only are one trial.
    else
      for (const trial of made.trials) {
        trials.set(trial.id, trials.get(trial.id) ?? trial);
        if (made.cost !== undefined) costs.set(trial.id, made.cost);
      }
  }
  const [first] = skipped;
  if (trials.size === 0 && first !== undefined) {
    throw new RangeError(
      `study ${study.name}: no trial is left, the program refuses all ${skipped.length}: ${first.because}`,
    );
  }
  return { study, program: found, trials: [...trials.values()], costs, skipped };
}

/** What a trial is expected to take, one that the sampler added included; undefined where its program does not say. */
export function costOfTrial(
  { costs, program: { program } }: StudyPlan,
  trial: PlannedStudyTrial,
): TrialCost | undefined {
  const known = costs.get(trial.id);
  if (known !== undefined) return known;
  const resolved = program.resolve(trial.config.parameters);
  return "because" in resolved ? undefined : resolved.cost;
}

/** The trials of one point, one for each seed, and what each is expected to take. */
export function studyTrials(
  { program, moduleSha256 }: FoundProgram,
  raw: Readonly<Record<string, unknown>>,
  seeds: readonly number[],
): { readonly trials: readonly PlannedStudyTrial[]; readonly cost?: TrialCost } | { readonly because: string } {
  const resolved = program.resolve(raw);
  if ("because" in resolved) return resolved;
  const { parameters, versions, cost } = resolved;
  const identity = identityOf(program, moduleSha256);
  const trials = seeds.map((seed) => {
    const config = { program: identity, parameters: { ...parameters }, versions: { ...versions }, seed };
    return { id: trialId(config), config };
  });
  return { trials, ...(cost === undefined ? {} : { cost }) };
}

/** What the folder of a planned study is begun with. */
export function studyStart({ study, program, skipped }: StudyPlan, commit: string | null): StudyStart {
  const { name, question, sampler, limits, figures } = study;
  return {
    name,
    question,
    program: identityOf(program.program, program.moduleSha256),
    sampler: { ...sampler },
    limits,
    figures,
    skipped: skipped.map(({ config, because }) => ({ config: { ...config }, because })),
    commit,
  };
}

function identityOf({ program: name, version }: Program, moduleSha256: string | undefined): ProgramIdentity {
  return { name, version, ...(moduleSha256 === undefined ? {} : { moduleSha256 }) };
}

function pointsOf({ axes, sampler }: Study): Iterable<Point> {
  switch (sampler.name) {
    case "grid":
      return gridPoints(axes);
    case "random":
      return randomPoints(axes, sampler.trials, sampler.seed);
    case "asha": {
      const first = Math.min(...sampler.rungs);
      return randomPoints(axes, sampler.trials, sampler.seed).map((point) => ({ ...point, [sampler.over]: first }));
    }
  }
}

/** A misspelt parameter would otherwise be found out by every trial, one after the other. */
function checkNames({ axes, sampler }: Study, { program, keys }: Program): void {
  const names = axes.flatMap((axis) => axis.names);
  const over = sampler.name === "asha" ? [sampler.over] : [];
  for (const name of [...names, ...over]) {
    const [top = name] = name.split(".");
    if (!keys.includes(top)) throw unknownName(`study: program ${program}`, "a parameter", keys, top);
  }
  const [twice] = over.filter((name) => names.includes(name));
  if (twice === undefined) return;
  throw new RangeError(`study: ${twice} is what the sampler asha advances, so it must not be among the parameters`);
}
