import { canonicalJson } from "./canonical-json.ts";
import { flatParameters, parameterAt, parameterWords, variedNames } from "./parameter-words.ts";
import { type Interval, medianAndQuartiles } from "./statistics.ts";
import type { StudyFolder } from "./study-folder.ts";
import type { PlannedStudyTrial, StudyFigure, StudyRecord, TrialFailure } from "./study-schema.ts";
import { attemptFolder, readMeasurements, trialStanding, type TrialStanding } from "./trial-files.ts";

/** One trial with its result, as tables and pages show it. */
export interface StudyTrial {
  readonly id: string;
  /** What varies, by name; parts of objects have names of their own. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly seed: number;
  readonly status: "ok" | "out-of-memory" | "time-limit" | "error" | "died" | "begun" | "waiting";
  readonly metrics: Readonly<Record<string, number | null>>;
  readonly seconds: number | null;
  readonly residentBytes: number | null;
  readonly attempt: number;
  readonly message: string | null;
  readonly lastLines: readonly string[];
}

/** All seeds of one point of the space. */
export interface StudyPoint {
  readonly label: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly trials: readonly StudyTrial[];
  /** Median and quartiles over the seeds that finished. */
  readonly metrics: Readonly<Record<string, Interval>>;
}

export interface StudyCurve {
  readonly label: string;
  readonly points: readonly { readonly x: number; readonly count: number; readonly metric: Interval }[];
  /** Places where trials failed and none finished. */
  readonly failures: readonly { readonly x: number; readonly status: TrialFailure["status"] }[];
}

/** A picture's data. */
export interface StudyFigureData {
  readonly figure: StudyFigure;
  readonly curves: readonly StudyCurve[];
}

/** Everything that tables and pictures of a study show; plain JSON. */
export interface StudyReport {
  readonly study: Pick<StudyRecord, "name" | "question" | "program" | "sampler" | "commit" | "at" | "skipped">;
  readonly progress: {
    readonly planned: number;
    readonly done: number;
    readonly failed: number;
    readonly begun: number;
    readonly waiting: number;
  };
  /** Names of what varies, the seed left out. */
  readonly varied: readonly string[];
  readonly points: readonly StudyPoint[];
  readonly figures: readonly StudyFigureData[];
}

/** Reads what a study's folder holds now, finished or not; without `curves`, the pictures' data are left out, whose measurements take a file each. */
export function buildStudyReport(
  folder: StudyFolder,
  { curves = true }: { readonly curves?: boolean } = {},
): StudyReport {
  const held = folder.trials().map((planned): Held => {
    const standing = trialStanding(folder.trialFolder(planned.id));
    return { planned, standing, flat: flatParameters(planned.config) };
  });
  const varied = variedNames(held.map(({ flat }) => flat)).filter((name) => name !== "seed");
  const count = (...statuses: TrialStanding["status"][]) =>
    held.filter(({ standing }) => statuses.includes(standing.status)).length;
  const { name, question, program, sampler, commit, at, skipped, figures } = folder.study;
  return {
    study: { name, question, program, sampler, commit, at, skipped },
    progress: {
      planned: held.length,
      done: count("ok"),
      failed: count("failed"),
      begun: count("begun"),
      waiting: count("waiting"),
    },
    varied,
    points: pointsOf(held, varied),
    figures: curves ? figures.map((figure) => ({ figure, curves: curvesOf(folder, figure, held, varied) })) : [],
  };
}

interface Held {
  readonly planned: PlannedStudyTrial;
  readonly standing: TrialStanding;
  readonly flat: Readonly<Record<string, unknown>>;
}

function pointsOf(held: readonly Held[], varied: readonly string[]): StudyPoint[] {
  const groups = grouped(held, ({ flat }) => canonicalJson(varied.map((name) => flat[name])));
  return groups.map((group) => {
    const trials = group.map((each) => trialOf(each, varied));
    const names = [...new Set(trials.flatMap(({ metrics }) => Object.keys(metrics)))];
    const metrics = names.flatMap((name): [string, Interval][] => {
      const values = trials.flatMap((trial) => trial.metrics[name] ?? []);
      return values.length === 0 ? [] : [[name, medianAndQuartiles(values)]];
    });
    const { parameters } = group[0]?.planned.config ?? { parameters: {} };
    return {
      label: parameterWords(parameters, varied),
      parameters: trials[0]?.parameters ?? {},
      trials,
      metrics: Object.fromEntries(metrics),
    };
  });
}

function trialOf({ planned: { id, config }, standing, flat }: Held, varied: readonly string[]): StudyTrial {
  const parameters = Object.fromEntries(varied.map((name) => [name, flat[name] ?? null]));
  const figures =
    standing.status === "ok" ? standing.result : standing.status === "failed" ? standing.failure : undefined;
  const failure = standing.status === "failed" ? standing.failure : undefined;
  return {
    id,
    parameters,
    seed: config.seed,
    status: figures?.status ?? (standing.status === "begun" ? "begun" : "waiting"),
    metrics: standing.status === "ok" ? standing.result.metrics : {},
    seconds: figures?.seconds ?? null,
    residentBytes: figures?.residentBytes ?? null,
    attempt: figures?.attempt ?? 0,
    message: failure?.message ?? null,
    lastLines: failure?.lastLines ?? [],
  };
}

function curvesOf(
  folder: StudyFolder,
  figure: StudyFigure,
  held: readonly Held[],
  varied: readonly string[],
): StudyCurve[] {
  const { over, by = varied.filter((name) => name !== over && !name.startsWith(`${over}.`)), where = {} } = figure;
  const shown = held.filter(({ planned: { config } }) =>
    Object.entries(where).every(([name, value]) => canonicalJson(placeOf(config, name)) === canonicalJson(value)),
  );
  return grouped(shown, ({ planned: { config } }) => canonicalJson(by.map((name) => placeOf(config, name)))).flatMap(
    (group) => {
      const values = new Map<number, number[]>();
      for (const each of group) {
        for (const [x, value] of valuesOf(folder, figure, each)) {
          const known = values.get(x);
          if (known === undefined) values.set(x, [value]);
          else known.push(value);
        }
      }
      const points = [...values]
        .toSorted(([a], [b]) => a - b)
        .map(([x, all]) => ({ x, count: all.length, metric: medianAndQuartiles(all) }));
      const config = group[0]?.planned.config;
      const label = config === undefined ? "" : parameterWords({ ...config.parameters, seed: config.seed }, by);
      const failures = failuresOf(figure, group).filter(({ x }) => !values.has(x));
      return points.length === 0 ? [] : [{ label, points, failures }];
    },
  );
}

/** Where a trial lies on a picture's horizontal axis, and its metric there; several places when that is `x`. */
function valuesOf(
  folder: StudyFolder,
  { metric, over }: StudyFigure,
  { planned: { id, config }, standing }: Held,
): [number, number][] {
  if (standing.status !== "ok") return [];
  const { attempt, metrics } = standing.result;
  if (over === "x") {
    const found = readMeasurements(attemptFolder(folder.trialFolder(id), attempt)).flatMap(
      ({ x, values }): [number, number][] => {
        const value = values[metric];
        return x === undefined || value == null ? [] : [[x, value]];
      },
    );
    return [...new Map(found)]; // the last word on a place counts
  }
  const [x, value] = [placeOf(config, over), metrics[metric]];
  return typeof x === "number" && value != null ? [[x, value]] : [];
}

function failuresOf({ over }: StudyFigure, group: readonly Held[]): StudyCurve["failures"] {
  return group.flatMap(({ planned: { config }, standing }) => {
    const x = placeOf(config, over);
    return standing.status === "failed" && typeof x === "number" ? [{ x, status: standing.failure.status }] : [];
  });
}

function placeOf({ parameters, seed }: PlannedStudyTrial["config"], name: string): unknown {
  return name === "seed" ? seed : parameterAt(parameters, name);
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups.values()];
}
