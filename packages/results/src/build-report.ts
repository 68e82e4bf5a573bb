import { type MeasuredLength, fitCost } from "./cost-law.ts";
import { crossover } from "./crossover.ts";
import { canonicalJson } from "./identity.ts";
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
  const labels = labelsOf(groups);
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
    curves: groups.map((group, i) => buildCurve(group, labels[i] ?? "", baselineOf(group, groups, baseline), seed)),
    skipped,
  };
}

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

/** The baseline's curve with the same surroundings, unless the group is that curve. */
function baselineOf(group: Group, groups: readonly Group[], baseline: string): Group | undefined {
  const surroundings = ({ config }: TrialState) =>
    canonicalJson({ ...config, variant: "", options: {}, version: 0, length: 0 });
  const found = groups.find(
    ([first]) => first.config.variant === baseline && surroundings(first) === surroundings(group[0]),
  );
  return found === group ? undefined : found;
}

function buildCurve(group: Group, label: string, baseline: Group | undefined, seed: number): ReportCurve {
  const { variant, phase, options } = group[0].config;
  const time = fitCost(timesOf(group), { seed: seedOf(seed, `${label} ${phase} time`) });
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
      ? crossover(timesOf(group), timesOf(baseline), { seed: seedOf(seed, `${label} ${phase} crossover`) })
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

/** Names of curves. Two curves of one variant are told apart by the settings in which they differ. */
function labelsOf(groups: readonly Group[]): string[] {
  return groups.map(([{ config }]) => {
    const rivals = groups.filter(
      ([other]) => other.config.variant === config.variant && other.config.phase === config.phase,
    );
    const mine = distinguishing(config);
    const differing = Object.keys(mine).filter((key) =>
      rivals.some(([other]) => distinguishing(other.config)[key] !== mine[key]),
    );
    return [config.variant, ...differing.map((key) => `${key}=${mine[key]}`)].join(" ");
  });
}

function distinguishing({ options, ...config }: TrialState["config"]): Record<string, string> {
  const { variant: _variant, length: _length, phase: _phase, ...rest } = config;
  return Object.fromEntries(Object.entries({ ...options, ...rest }).map(([key, value]) => [key, plain(value)]));
}

function plain(value: unknown): string {
  return typeof value === "string" ? value : canonicalJson(value);
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
