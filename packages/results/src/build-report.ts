import type { BootstrapOptions } from "./bootstrap.ts";
import { type MeasuredLength, fitCost } from "./cost-law.ts";
import { crossover } from "./crossover.ts";
import { canonicalJson } from "./canonical-json.ts";
import { curveLabels } from "./curve-labels.ts";
import { fitPowerLaw } from "./power-law.ts";
import { remainingSeconds } from "./remaining.ts";
import { seedOf } from "./random.ts";
import {
  type Report,
  type ReportCurve,
  type ReportPoint,
  type Settings,
  type TrialStatus,
  settingNames,
} from "./report.ts";
import type { ExperimentRecord, LogRecord } from "./schema.ts";
import { median, medianAndQuartiles, quantile } from "./statistics.ts";
import { type TrialState, trialState } from "./trial-state.ts";

/** What a report is built from; a `ResultsFolder` is one. */
export interface FolderContents {
  readonly experiment: ExperimentRecord;
  records(): readonly LogRecord[];
}

/**
 * Derives everything that is shown from a folder: curves with fitted exponents, crossovers against the baseline, predictions, the
 * noise floor. A pure function: the same folder and seed (of the bootstrap) give the same report.
 */
export function buildReport(contents: FolderContents, { seed = 0 }: { seed?: number } = {}): Report {
  const { name, question, baseline, commit, at, machine, skipped, trials } = contents.experiment;
  const states = [...trialState(contents.records()).values()];
  const groups = groupIntoCurves(states);
  const labels = curveLabels(groups.map(([{ config }]) => config));
  const baselineOf = findBaselines(groups, baseline);
  const options = { seed, draws: drawsFor(groups.length) };
  return {
    experiment: { name, question, baseline, commit, at },
    machine,
    settings: settingsOf(states),
    progress: {
      planned: Math.max(trials.length, states.length),
      finished: states.filter(({ finished }) => finished).length,
      failed: states.filter(({ failure }) => failure).length,
      remainingSeconds: remainingSeconds(states, trials.length),
    },
    noiseFloor: noiseFloorOf(states),
    curves: groups.map((group, i) => buildCurve(group, labels[i] ?? "", baselineOf(group), options)),
    skipped,
  };
}

type DrawOptions = Required<BootstrapOptions>;

/** Trials of one curve, by rising length: they differ in nothing else. */
type Group = readonly [TrialState, ...TrialState[]];

function groupIntoCurves(states: readonly TrialState[]): Group[] {
  const groups = new Map<string, [TrialState, ...TrialState[]]>();
  for (const state of states) {
    const key = canonicalJson({ ...state.config, length: 0 });
    const group = groups.get(key);
    if (group) group.push(state);
    else groups.set(key, [state]);
  }
  const inOrder = [...groups.values()];
  for (const group of inOrder) group.sort((a, b) => a.config.length - b.config.length);
  return inOrder;
}

/** Finds for a group the baseline's curve with the same surroundings, unless the group is that curve. */
function findBaselines(groups: readonly Group[], baseline: string): (group: Group) => Group | undefined {
  const surroundings = ([{ config }]: Group) =>
    canonicalJson({ ...config, variant: "", options: {}, version: 0, moduleSha256: undefined, length: 0 });
  const found = new Map<string, Group>();
  for (const group of groups) {
    const key = surroundings(group);
    if (group[0].config.variant === baseline && !found.has(key)) found.set(key, group);
  }
  return (group) => {
    const its = found.get(surroundings(group));
    return its === group ? undefined : its;
  };
}

/** Bootstrap draws for each curve: fewer where hundreds of curves share a report, whose intervals nobody reads to a third digit. */
function drawsFor(curves: number): number {
  return Math.min(400, Math.max(100, Math.round(40_000 / curves)));
}

function buildCurve(
  group: Group,
  label: string,
  baseline: Group | undefined,
  { seed, draws }: DrawOptions,
): ReportCurve {
  const { variant, phase, options } = group[0].config;
  const time = fitCost(timesOf(group), { draws, seed: seedOf(seed, `${label} ${phase} time`) });
  const memory = fitCost(memoryOf(group), { draws: 1, figures: "counted" });
  const declared = group.map(({ config, predicted }) => ({ x: config.length, y: predicted.flops }));
  const canFit = declared.length >= 3 && declared.every(({ y }) => y > 0);
  // Declared bytes are those of one attend; its backward pass keeps more, which nobody declared.
  const comparable = phase === "forward" ? group : [];
  const last = comparable.findLast((state) => (state.memory?.peakBytes ?? 0) > 0 && state.predicted.peakBytes > 0);
  const common = baseline && timesOf(group).filter(({ length }) => timesOf(baseline).some((b) => b.length === length));
  return {
    variant,
    phase,
    label,
    options,
    points: group.map(buildPoint),
    exponents: { time: time?.exponent ?? null, memory: memory?.exponent ?? null },
    laws: { time: time?.law ?? null, memory: memory?.law ?? null },
    predicted: {
      exponent: canFit ? fitPowerLaw(declared).exponent : null,
      bytesRatio: last?.memory ? last.memory.peakBytes / last.predicted.peakBytes : null,
    },
    crossover: baseline
      ? crossover(timesOf(group), timesOf(baseline), { draws, seed: seedOf(seed, `${label} ${phase} crossover`) })
      : null,
    reached: common?.at(-1)?.length ?? null,
  };
}

/** A trial that failed ends its curve: repeats from before its failure are no measurement of it. */
function timesOf(group: Group): MeasuredLength[] {
  return group
    .filter(({ samples, failure }) => samples.length > 0 && !failure)
    .map(({ config, samples }) => ({ length: config.length, samples }));
}

function memoryOf(group: Group): MeasuredLength[] {
  return group.flatMap(({ config, memory }) =>
    memory && memory.peakBytes > 0 ? [{ length: config.length, samples: [memory.peakBytes] }] : [],
  );
}

function buildPoint(state: TrialState): ReportPoint {
  const { id, config, predicted, samples, memory, failure } = state;
  const time = samples.length > 0 && !failure ? medianAndQuartiles(samples) : undefined;
  return {
    length: config.length,
    seconds: time?.value ?? null,
    low: time?.low ?? null,
    high: time?.high ?? null,
    peakBytes: memory?.peakBytes ?? null,
    residentBytes: memory?.residentBytes ?? null,
    status: statusOf(state),
    message: failure?.message ?? null,
    trial: id,
    config,
    predicted,
    samples,
  };
}

function statusOf({ failure, finished, samples }: TrialState): TrialStatus {
  if (failure) return failure.status;
  if (finished) return "ok";
  return samples.length > 0 ? "running" : "pending";
}

function settingsOf(states: readonly TrialState[]): Settings {
  const values = (name: (typeof settingNames)[number]) => [
    ...new Set(states.map(({ config }) => String(config[name]))),
  ];
  return Object.fromEntries(settingNames.map((name) => [name, values(name)])) as Record<
    (typeof settingNames)[number],
    string[]
  >;
}

/** A/A: the even repeats of a trial against its odd ones, which are interleaved in time like two variants would be. */
function noiseFloorOf(states: readonly TrialState[]): number | null {
  const differences = states
    .filter(({ samples, failure }) => samples.length >= 4 && !failure)
    .map(({ samples }) => {
      const half = (parity: number) => median(samples.filter((_, i) => i % 2 === parity));
      return Math.abs(half(0) / half(1) - 1);
    });
  return differences.length > 0 ? quantile(differences, 0.9) : null;
}
