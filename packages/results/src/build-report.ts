import { type BootstrapOptions, drawsFor } from "./bootstrap.ts";
import { type MeasuredLength, fitCost } from "./cost-law.ts";
import { crossover } from "./crossover.ts";
import { type CurveGroup, curveGroups, findBaselines } from "./curve-groups.ts";
import { noiseOf } from "./noise.ts";
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
import { median, medianAndQuartiles } from "./statistics.ts";
import { type TrialState, trialState } from "./trial-state.ts";

/** What a report is built from; a `ResultsFolder` is one. */
export interface FolderContents {
  readonly experiment: ExperimentRecord;
  records(): readonly LogRecord[];
}

export interface ReportOptions {
  /** Of the bootstrap. */
  readonly seed?: number;
  /** Whether laws are fitted and crossovers looked for, which takes long where there are hundreds of curves. */
  readonly fits?: boolean;
}

/**
 * Derives everything that is shown from a folder: curves with fitted exponents, crossovers against the baseline, predictions, the
 * noise floor. A pure function: the same folder and seed give the same report.
 */
export function buildReport(contents: FolderContents, { seed = 0, fits = true }: ReportOptions = {}): Report {
  const { name, question, baseline, commit, at, machine, skipped, trials } = contents.experiment;
  const records = contents.records();
  const states = [...trialState(records).values()];
  const { groups, machines } = curveGroups(records, machine);
  const baselineOf = findBaselines(groups, baseline);
  const options = { seed, draws: drawsFor(groups.length) };
  return {
    experiment: { name, question, baseline, commit, at },
    machine,
    ...(machines.length > 1 && { machines }),
    settings: settingsOf(states),
    progress: {
      planned: Math.max(trials.length, states.length),
      finished: states.filter(({ finished }) => finished).length,
      failed: states.filter(({ failure }) => failure).length,
      remainingSeconds: remainingSeconds(states, trials.length),
    },
    ...noiseOf(states),
    curves: groups.map((group) => ({
      ...measuredCurve(group),
      ...(fits ? fitsOf(group, baselineOf(group), options) : noFits),
    })),
    skipped,
  };
}

type DrawOptions = Required<BootstrapOptions>;
type Fits = Pick<ReportCurve, "exponents" | "laws" | "predicted" | "crossover" | "reached">;

const noFits: Fits = {
  exponents: { time: null, memory: null },
  laws: { time: null, memory: null },
  predicted: { exponent: null, bytesRatio: null },
  crossover: null,
  reached: null,
};

function measuredCurve({ label, trials, machine }: CurveGroup): Omit<ReportCurve, keyof Fits> {
  const { variant, phase, options } = trials[0].config;
  const points = trials.map(buildPoint);
  return { variant, phase, label, options, points, ...(machine !== undefined && { machine }) };
}

function fitsOf(group: CurveGroup, baseline: CurveGroup | undefined, { seed, draws }: DrawOptions): Fits {
  const { label, trials } = group;
  const { phase } = trials[0].config;
  const [mine, theirs] = [timesOf(group), baseline && timesOf(baseline)];
  const time = fitCost(mine, { draws, seed: seedOf(seed, `${label} ${phase} time`) });
  const memory = fitCost(memoryOf(group), { draws: 1, figures: "counted" });
  const declared = trials.map(({ config, predicted }) => ({ x: config.length, y: predicted.flops }));
  const canFit = declared.length >= 3 && declared.every(({ y }) => y > 0);
  // Declared bytes are those of one attend; its backward pass keeps more, which nobody declared.
  const comparable = phase === "forward" ? trials : [];
  const last = comparable.findLast((state) => (state.memory?.peakBytes ?? 0) > 0 && state.predicted.peakBytes > 0);
  const common = mine.filter(({ length }) => theirs?.some((each) => each.length === length));
  return {
    exponents: { time: time?.exponent ?? null, memory: memory?.exponent ?? null },
    laws: { time: time?.law ?? null, memory: memory?.law ?? null },
    predicted: {
      exponent: canFit ? fitPowerLaw(declared).exponent : null,
      bytesRatio: last?.memory ? last.memory.peakBytes / last.predicted.peakBytes : null,
    },
    crossover: theirs ? crossover(mine, theirs, { draws, seed: seedOf(seed, `${label} ${phase} crossover`) }) : null,
    reached: common.at(-1)?.length ?? null,
  };
}

/** A trial that failed ends its curve: repeats from before its failure are no measurement of it. */
function timesOf({ trials }: CurveGroup): MeasuredLength[] {
  return trials
    .filter(({ samples, failure }) => samples.length > 0 && !failure)
    .map(({ config, samples }) => ({ length: config.length, samples }));
}

function memoryOf({ trials }: CurveGroup): MeasuredLength[] {
  return trials.flatMap(({ config, memory }) =>
    memory && memory.peakBytes > 0 ? [{ length: config.length, samples: [memory.peakBytes] }] : [],
  );
}

function buildPoint(state: TrialState): ReportPoint {
  const { id, config, predicted, samples, loads, gpuSamples, memory, failure } = state;
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
    loads,
    ...(gpuSamples && !failure && { gpuSeconds: median(gpuSamples) }),
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
