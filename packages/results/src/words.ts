import type { Crossover } from "./crossover.ts";
import { formatBytes, formatEstimatedLength, formatExponent, formatPercent } from "./format.ts";
import { type Phase, type Report, type ReportCurve, type TrialStatus, curvesOf } from "./report.ts";
import type { Machine } from "./schema.ts";
import type { Interval } from "./statistics.ts";
import type { TrialFailure } from "./study-schema.ts";

/** "1,380-1,520", or "over 1,380" when the interval reaches past what was measured; one number when both ends are equal. */
export function crossoverInterval({ low, high, open }: Crossover): string {
  if (open) return `over ${formatEstimatedLength(low)}`;
  const ends = [formatEstimatedLength(low), formatEstimatedLength(high)];
  return ends[0] === ends[1] ? `${ends[0]}` : ends.join("-");
}

/** "1.95-1.99". */
export function exponentInterval({ low, high }: Interval): string {
  const ends = [formatExponent(low), formatExponent(high)];
  return low < 0 ? ends.join(" to ") : ends.join("-");
}

/** A crossover as a table shows it: "1,450 (1,380-1,520)", "up to 256", "not reached by 8,192", "" for the baseline. */
export function crossoverWords(curve: ReportCurve): string {
  const { crossover, reached } = curve;
  if (crossover?.relation === "at-or-below") return `up to ${formatEstimatedLength(crossover.length)}`;
  if (crossover) return `${formatEstimatedLength(crossover.length)} (${crossoverInterval(crossover)})`;
  return reached === null ? "" : `not reached by ${formatEstimatedLength(reached)}`;
}

const phaseWords: Readonly<Record<Phase, string>> = { forward: "Forward", step: "Forward and backward" };

export function phaseTitle(phase: Phase): string {
  return phaseWords[phase];
}

const statusWords: Readonly<Record<TrialStatus | TrialFailure["status"], string>> = {
  ok: "measured",
  running: "running",
  pending: "waiting",
  "out-of-memory": "out of memory",
  "time-limit": "time limit",
  error: "error",
  died: "killed",
};

export function statusWord(status: TrialStatus | TrialFailure["status"]): string {
  return statusWords[status];
}

/** A sentence names so many variants of a kind and counts the others; the tables have them all. */
const NAMED = 4;

/**
 * The answer of a phase in one sentence, made from the data: "linformer overtakes full at 610 tokens (590-640), performer at
 * 1,450 (1,380-1,520); longformer does not by 8,192".
 */
export function headline(report: Report, phase: Phase): string {
  const rivals = curvesOf(report, phase).filter(({ reached }) => reached !== null);
  const { baseline } = report.experiment;
  if (rivals.length === 0) return `No variant has been measured against ${baseline} yet`;
  const overtaking = rivals
    .filter(({ crossover }) => crossover?.relation === "at")
    .toSorted((a, b) => (a.crossover?.length ?? 0) - (b.crossover?.length ?? 0));
  const throughout = rivals.filter(({ crossover }) => crossover?.relation === "at-or-below");
  const never = rivals.filter(({ crossover }) => crossover === null);
  const parts: string[] = [];
  overtaking.slice(0, NAMED).forEach((curve, i) => {
    const verb = i === 0 ? ` overtakes ${baseline}` : "";
    const unit = i === 0 ? " tokens" : "";
    const interval = curve.crossover ? ` (${crossoverInterval(curve.crossover)})` : "";
    parts.push(`${curve.label}${verb} at ${formatEstimatedLength(curve.crossover?.length ?? 0)}${unit}${interval}`);
  });
  if (overtaking.length > NAMED) parts.push(`${overtaking.length - NAMED} more later`);
  const reached = Math.max(...never.map((curve) => curve.reached ?? 0));
  const whole = overtaking.length > 0;
  const rest = [
    ...(throughout.length > 0
      ? [
          `${names(throughout)} ${throughout.length > 1 ? "are" : "is"} cheaper ${whole ? "" : `than ${baseline} `}throughout`,
        ]
      : []),
    ...(never.length > 0
      ? [
          `${names(never)} ${never.length > 1 ? "do" : "does"} not ${whole ? "" : `overtake ${baseline} `}by ${formatEstimatedLength(reached)}`,
        ]
      : []),
  ];
  return [parts.join(", "), ...rest].filter((part) => part !== "").join("; ");
}

function names(curves: readonly ReportCurve[]): string {
  const all = curves.map(({ label }) => label);
  const labels = all.length > NAMED + 1 ? [...all.slice(0, NAMED), `${all.length - NAMED} more`] : all;
  return labels.length > 1 ? `${labels.slice(0, -1).join(", ")} and ${labels.at(-1)}` : (labels[0] ?? "");
}

/** The small type under a picture: machine, backend, what was measured, and how sure it is. */
export function circumstances(report: Report): string[] {
  const { machine, machines, settings, experiment } = report;
  const all = (name: keyof typeof settings) => settings[name].join("/");
  const where = machines?.map((each, i) => `machine ${i + 1}: ${machineWords(each)}`) ?? [machineWords(machine)];
  const when = `${experiment.at.slice(0, 10)}${experiment.commit === null ? "" : `, commit ${experiment.commit.slice(0, 10)}`}`;
  if (settings.backend.length === 0) return [...where, when];
  const causal = settings.causal.map((value) => (value === "true" ? "causal" : "not causal")).join("/");
  const shape = `batch ${all("batch")}, ${all("heads")} heads of ${all("headDim")}`;
  return [
    ...where,
    `backend ${all("backend")} (engine ${all("engine")}), ${counted(all("threads"), "thread")}, ${all("precision")}; ${causal}, ${shape}`,
    `${when}; median and quartiles of ${counted(all("repeats"), "repeat")} after ${counted(all("warmups"), "warm-up")} and more until stable`,
    ...noiseWords(report),
    ...gpuShare(report),
  ];
}

function machineWords({ cpu, cores, memoryBytes, gpu, platform, node }: Machine): string {
  const card = gpu === null ? "" : `, ${gpu}`;
  return `${cpu}, ${cores} cores, ${formatBytes(memoryBytes)}${card}, ${platform}, Node ${node}`;
}

/** How sure the times are: the harness against itself, the medians, the repeats that lie far out, what else the machine did. */
function noiseWords({ noiseFloor, halfWidth, outliers, curves }: Report): string[] {
  const loads = curves.flatMap(({ points }) => points.flatMap((point) => point.loads)).toSorted((a, b) => a - b);
  const words = [
    ...(noiseFloor === null ? [] : [`noise floor (A/A) ${formatPercent(noiseFloor)}`]),
    ...(halfWidth === null ? [] : [`nine in ten medians known to ${formatPercent(halfWidth)}`]),
    ...(outliers === 0 ? [] : [`${counted(String(outliers), "repeat")} far out, kept`]),
    ...(loads.length === 0 ? [] : [`machine load ${(loads[0] ?? 0).toFixed(1)} to ${(loads.at(-1) ?? 0).toFixed(1)}`]),
  ];
  return words.length === 0 ? [] : [words.join("; ")];
}

/** Which of the two times a curve shows, where there are two, and how far they are apart. */
function gpuShare({ curves }: Report): string[] {
  const shares = curves
    .flatMap(({ points }) => points)
    .flatMap(({ seconds, gpuSeconds }) => (seconds === null || gpuSeconds === undefined ? [] : [gpuSeconds / seconds]));
  if (shares.length === 0) return [];
  const [low, high] = [Math.min(...shares), Math.max(...shares)].map(formatPercent);
  const share = low === high ? low : `${low} to ${high}`;
  return [`times are until a value was read; the device itself computed for ${share} of them, by its timestamps`];
}

function counted(count: string, noun: string): string {
  return `${count} ${noun}${count === "1" ? "" : "s"}`;
}
