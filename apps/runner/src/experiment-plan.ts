import { valueWords } from "@attention-lab/results";
import { measuredCost, type Plan, type PlannedTrial, predictedOf, type Prediction } from "@attention-lab/sweep";
import type { Calibrated } from "./calibrated.ts";
import { bytes, columns, duration, operations } from "./output.ts";

/** What a cost experiment is predicted to take on this machine. */
export interface PredictedExperiment {
  /** By id: all repeats of the trial, and the resident memory of the process that measures it. */
  readonly trials: ReadonlyMap<string, Prediction>;
  readonly seconds: number | undefined;
  /** Trials of which preparing and one repeat are predicted to take longer than the time limit. */
  readonly beyond: ReadonlySet<string>;
  readonly unknown?: string;
}

/** Memory trials run in processes of their own, so many at a time. */
const memoryProcesses = 2;

export function predictedExperiment({ experiment, trials }: Plan, speed: Calibrated): PredictedExperiment {
  if ("unknown" in speed) return { trials: new Map(), seconds: undefined, beyond: new Set(), unknown: speed.unknown };
  const { calibration } = speed;
  // One process measures all trials: only the memory trials start one each.
  const timing = { ...calibration, startSeconds: 0 };
  const predicted = new Map(trials.map((trial) => [trial.id, predictedOf(costOf(trial), timing)]));
  const starts = calibration.startSeconds * (1 + trials.length / memoryProcesses);
  const beyond = trials.filter((trial) => predictedOf(costOf(trial, 1), timing).seconds > experiment.timeLimitSeconds);
  return {
    trials: predicted,
    seconds: [...predicted.values()].reduce((sum, { seconds }) => sum + seconds, starts),
    beyond: new Set(beyond.map(({ id }) => id)),
  };
}

export function experimentPlanText({ experiment, trials, skipped }: Plan, predicted: PredictedExperiment): string {
  const header = ["variant", "phase", "length", "operations", "live bytes", "time", "id"];
  const curveOf = curveWords(trials);
  const row = ({ id, config, predicted: { flops, peakBytes } }: PlannedTrial): string[] => [
    curveOf(config),
    config.phase,
    String(config.length),
    operations(flops),
    bytes(peakBytes),
    timeCell(id, predicted),
    id.slice(0, 12),
  ];
  const lines = [`${experiment.name}: ${experiment.question}`, "", columns([header, ...trials.map(row)], [2, 3, 4, 5])];
  if (skipped.length > 0) lines.push("", "skipped:", columns(skipped.map(skippedRow)));
  lines.push("", `${trials.length} trials, ${skipped.length} skipped, ${experiment.repeats} repeats each`);
  const { seconds, unknown = "", beyond } = predicted;
  lines.push(
    seconds === undefined
      ? `predicted time: unknown, ${unknown}`
      : `predicted time: about ${duration(seconds)}, warm-ups and memory included`,
  );
  if (beyond.size > 0) {
    const limit = `the time limit of ${experiment.timeLimitSeconds} s`;
    lines.push(`! ${beyond.size} of ${trials.length} trials are predicted to take longer than ${limit} for one repeat`);
  }
  return lines.join("\n");
}

/** A variant's name, and where it is there more than once those options that tell its curves apart. */
function curveWords(trials: readonly PlannedTrial[]): (config: PlannedTrial["config"]) => string {
  const options = new Map<string, Map<string, Set<string>>>();
  for (const { config } of trials) {
    const ofVariant = options.get(config.variant) ?? new Map<string, Set<string>>();
    options.set(config.variant, ofVariant);
    for (const [name, value] of Object.entries(config.options)) {
      ofVariant.set(name, (ofVariant.get(name) ?? new Set()).add(valueWords(value)));
    }
  }
  return ({ variant, options: own }) => {
    const telling = Object.entries(own).filter(([name]) => (options.get(variant)?.get(name)?.size ?? 0) > 1);
    return [variant, ...telling.map(([name, value]) => `${name} ${valueWords(value)}`)].join(" ");
  };
}

function costOf({ config, predicted }: PlannedTrial, repeats = config.repeats) {
  return measuredCost(predicted, { ...config, repeats });
}

function timeCell(id: string, { trials, beyond }: PredictedExperiment): string {
  const one = trials.get(id);
  return one === undefined ? "unknown" : `${beyond.has(id) ? "!" : ""}${duration(one.seconds)}`;
}

function skippedRow({ config, because }: Plan["skipped"][number]): string[] {
  return [`  ${String(config["variant"])}`, String(config["phase"]), String(config["length"]), because];
}
