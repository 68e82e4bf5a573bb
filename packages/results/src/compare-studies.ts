import { type ComparedCurve, type Comparison, type Pair, compareCurve } from "./compare.ts";
import { seedOf } from "./random.ts";
import type { StudyPoint, StudyReport, StudyTrial } from "./study-report.ts";

export interface CompareStudiesOptions {
  readonly tolerance?: number;
  /** Metrics with the direction that is bad; the others are compared without a verdict. */
  readonly worse?: Readonly<Record<string, "more" | "less">>;
  readonly seed?: number;
}

/**
 * Compares the same trials of two studies, metric by metric: B over A of each seed, their geometric mean with its interval (see `pairedRatio`).
 *
 * @throws RangeError when they have no trial in common.
 */
export function compareStudies(a: StudyReport, b: StudyReport, options: CompareStudiesOptions = {}): Comparison {
  const { tolerance = 0.05, worse = {}, seed = 0 } = options;
  const theirs = new Map(trialsOf(b).map((trial) => [trial.id, trial]));
  const mine = trialsOf(a);
  const common = mine.filter(({ id }) => theirs.has(id)).length;
  if (common === 0) throw new RangeError(`compare: "${a.study.name}" and "${b.study.name}" have no trial in common`);
  const metrics = [...new Set(mine.flatMap((trial) => Object.keys(trial.metrics)))];
  const unknown = Object.keys(worse).find((name) => !metrics.includes(name));
  if (unknown !== undefined)
    throw new RangeError(`compare: metric must be one of ${metrics.join(", ")}, got ${unknown}`);
  const curves = metrics.map((metric): ComparedCurve => {
    const pairs = a.points.map((point) => pairOf(point, theirs, metric));
    const curveSeed = seedOf(seed, `${metric} compare`);
    return compareCurve("all points", metric, pairs, { tolerance, worse: worse[metric] ?? null, seed: curveSeed });
  });
  return {
    names: [a.study.name, b.study.name],
    tolerance,
    curves,
    onlyA: mine.length - common,
    onlyB: theirs.size - common,
    regressed: curves.some(({ verdict }) => verdict === "worse"),
  };
}

/** All trials of a study, point by point. */
export function trialsOf({ points }: StudyReport): StudyTrial[] {
  return points.flatMap(({ trials }) => trials);
}

function pairOf({ label, trials }: StudyPoint, theirs: ReadonlyMap<string, StudyTrial>, metric: string): Pair {
  const both = trials.flatMap((mine) => {
    const other = theirs.get(mine.id);
    return other ? [{ mine, other }] : [];
  });
  const values = both.flatMap(({ mine, other }) => {
    const [a, b] = [mine.metrics[metric], other.metrics[metric]];
    return a == null || b == null ? [] : [{ a, b }];
  });
  const lost = both.find(({ mine, other }) => mine.status === "ok" && other.message !== null);
  return {
    x: null,
    label,
    a: values.map(({ a }) => a),
    b: values.map(({ b }) => b),
    lost: lost?.other.message ?? null,
    paired: true,
  };
}
