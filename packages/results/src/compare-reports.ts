import { drawsFor } from "./bootstrap.ts";
import { canonicalJson } from "./canonical-json.ts";
import { type ComparedCurve, type Comparison, type Pair, compareCurve } from "./compare.ts";
import { formatLength } from "./format.ts";
import { seedOf } from "./random.ts";
import type { Report, ReportCurve, ReportPoint } from "./report.ts";
import type { TrialConfig } from "./schema.ts";

export interface CompareOptions {
  /** Differences below this share are none. */
  readonly tolerance?: number;
  /** Settings in which compared trials may differ, such as `engine` or `threads`; otherwise only equal trials are compared. */
  readonly across?: readonly (keyof TrialConfig)[];
  readonly seed?: number;
}

/**
 * Compares the same trials of two cost experiments: time per curve with a bootstrap interval over the repeats, and counted memory.
 * A trial that B lost (it failed there and not in A) is a regression.
 *
 * @throws RangeError when they have no trial in common.
 */
export function compareReports(a: Report, b: Report, options: CompareOptions = {}): Comparison {
  const { across = [], seed = 0 } = options;
  const tolerance = Math.max(options.tolerance ?? 0.05, a.noiseFloor ?? 0, b.noiseFloor ?? 0);
  const mixed = a.machines !== undefined || b.machines !== undefined;
  // Where a folder holds several classes of machines, a trial is compared on its own class.
  const keyed = ({ machine, machines = [machine], curves: its }: Report) =>
    its.flatMap((curve) =>
      curve.points.map((point) => {
        const settings = Object.entries(point.config).filter(([name]) => !across.includes(name as keyof TrialConfig));
        const key = { ...Object.fromEntries(settings), ...(mixed && { on: machines[curve.machine ?? 0] }) };
        return [point, canonicalJson(key)] as const;
      }),
    );
  const keys = new Map(keyed(a));
  const others = new Map(keyed(b).map(([point, key]) => [key, point]));
  const mine = new Set(keys.values());
  const common = [...mine].filter((one) => others.has(one)).length;
  if (common === 0) {
    const [first, second] = [a.experiment.name, b.experiment.name];
    throw new RangeError(
      `compare: "${first}" and "${second}" have no trial in common; trials are equal when all their settings are, unless --across names some`,
    );
  }
  const draws = drawsFor(a.curves.length);
  const curves = a.curves.flatMap((curve) =>
    compared(curve, (point) => others.get(keys.get(point) ?? ""), { tolerance, seed, draws }),
  );
  return {
    names: [a.experiment.name, b.experiment.name],
    tolerance,
    curves,
    onlyA: mine.size - common,
    onlyB: others.size - common,
    regressed: curves.some(({ verdict }) => verdict === "worse"),
  };
}

function compared(
  { label, phase, points }: ReportCurve,
  other: (point: ReportPoint) => ReportPoint | undefined,
  { tolerance, seed, draws }: { readonly tolerance: number; readonly seed: number; readonly draws: number },
): ComparedCurve[] {
  const both = points.flatMap((mine) => {
    const theirs = other(mine);
    return theirs ? [{ mine, theirs }] : [];
  });
  const pairsOf = (samples: (point: ReportPoint) => readonly number[]): Pair[] =>
    both.map(({ mine, theirs }) => ({
      x: mine.length,
      label: formatLength(mine.length),
      a: samples(mine),
      b: samples(theirs),
      lost: mine.message === null && mine.seconds !== null ? theirs.message : null,
      paired: false,
    }));
  const times = pairsOf(({ seconds, samples }) => (seconds === null ? [] : samples));
  const memory = pairsOf(({ peakBytes }) => (peakBytes === null || peakBytes === 0 ? [] : [peakBytes]));
  if (both.length === 0) return [];
  const options = { tolerance, draws, worse: "more" as const, seed: seedOf(seed, `${label} ${phase} compare`) };
  const held = memory.some(({ a, b }) => a.length > 0 && b.length > 0);
  return [
    compareCurve(label, `${phase} time`, times, options),
    // Counted bytes have no noise, and a failure was told with the time already.
    ...(held
      ? [
          compareCurve(
            label,
            `${phase} memory`,
            memory.map((pair) => ({ ...pair, lost: null })),
            { ...options, draws: 1 },
          ),
        ]
      : []),
  ];
}
