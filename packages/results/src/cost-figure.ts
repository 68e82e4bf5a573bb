import * as Plot from "@observablehq/plot";
import { type Axis, bytesAxis, timeAxis } from "./axes.ts";
import { type DrawnCurve, curveMarks, endLabel, halo, partOf, referenceSlopes, withRoom } from "./curve-marks.ts";
import { type Frame, draw } from "./figure.ts";
import { formatBytes, formatEstimatedLength, formatExponent, formatLength } from "./format.ts";
import { markStyles } from "./palette.ts";
import { evaluate } from "./power-law.ts";
import { type Phase, type Report, type ReportCurve, curvesOf } from "./report.ts";
import { circumstances, headline, phaseTitle, statusWord } from "./words.ts";

export interface FigureOptions {
  readonly phase: Phase;
}

/** Time over length, both logarithmic: the answer to where a variant overtakes the baseline. */
export function costCurveSvg(report: Report, { phase }: FigureOptions): string {
  const { drawn: curves, left } = withRoom(drawnCurves(report, phase, "time"));
  const x = lengthAxis(report, phase);
  const frame: Frame = {
    title: `${phaseTitle(phase)}: ${headline(report, phase)}`,
    caption: [...left, ...circumstances(report)],
    x,
    y: { ...timeAxis(figuresOf(curves, x.domain[1])), label: "time per call" },
    endLabels: curves.map(endLabel),
  };
  return draw(frame, [...referenceSlopes(frame), ...curveMarks(frame, curves), ...crossovers(report, phase, curves)]);
}

/** Peak of live bytes over length, in the same colours. */
export function memorySvg(report: Report, { phase }: FigureOptions): string {
  const { drawn: curves, left } = withRoom(drawnCurves(report, phase, "memory"));
  const x = lengthAxis(report, phase);
  const frame: Frame = {
    title: `${phaseTitle(phase)}: ${memoryHeadline(report, phase)}`,
    caption: [memoryNote(report, phase), ...left, ...circumstances(report)],
    x,
    y: { ...bytesAxis(figuresOf(curves, x.domain[1])), label: "peak memory" },
    endLabels: curves.map(endLabel),
  };
  return draw(frame, [...referenceSlopes(frame), ...curveMarks(frame, curves)]);
}

export function lengthAxis(report: Report, phase: Phase): Axis & { label: string } {
  const lengths = [...new Set(curvesOf(report, phase).flatMap(({ points }) => points.map(({ length }) => length)))];
  const ticks = lengths.toSorted((a, b) => a - b);
  const [low, high] = [ticks[0] ?? 1, ticks.at(-1) ?? 2];
  return { domain: [low / 1.12, high * 1.12], ticks, format: formatLength, label: "sequence length (tokens)" };
}

export function drawnCurves(report: Report, phase: Phase, figure: "time" | "memory"): DrawnCurve[] {
  const styles = markStyles(report);
  return curvesOf(report, phase).flatMap((curve) => {
    const style = styles.get(curve.label);
    const exponent = curve.exponents[figure];
    const note = exponent ? formatExponent(exponent.value) : "";
    const points = curve.points.flatMap((point) => {
      if (figure === "memory") return point.peakBytes ? [flat(point.length, point.peakBytes)] : [];
      return point.seconds && point.low && point.high
        ? [{ x: point.length, y: point.seconds, low: point.low, high: point.high }]
        : [];
    });
    return style
      ? [{ label: curve.label, note, style, points, law: curve.laws[figure], failures: failuresOf(curve) }]
      : [];
  });
}

function flat(x: number, y: number) {
  return { x, y, low: y, high: y };
}

/** The first failure ends the line; later ones of the same kind would only repeat it. */
function failuresOf({ points }: ReportCurve): { x: number; word: string }[] {
  const failed = points.find(({ message }) => message !== null);
  return failed ? [{ x: failed.length, word: statusWord(failed.status) }] : [];
}

/** All that must be on the axis: points, their bars, and where the lines end. */
export function figuresOf(curves: readonly DrawnCurve[], longest: number): number[] {
  return curves.flatMap(({ points, law }) => [
    ...points.flatMap(({ y, low, high }) => [y, low, high]),
    ...(law && points.length > 0 ? [evaluate(law, longest)] : []),
  ]);
}

/** Open circles on the baseline's line, rimmed in the overtaking variant's colour, with the length beside them and its interval as a band. */
function crossovers(report: Report, phase: Phase, drawn: readonly DrawnCurve[]): Plot.Markish[] {
  const baseline = curvesOf(report, phase).find(({ variant }) => variant === report.experiment.baseline);
  return curvesOf(report, phase).flatMap(({ crossover, label }) => {
    const curve = drawn.find((one) => one.label === label);
    const y = baseline && crossover?.relation === "at" ? measuredAt(baseline, crossover.length) : undefined;
    if (y === undefined || !crossover || !baseline || !curve) return [];
    const at = [{ x: crossover.length, y }];
    const { color } = curve.style;
    return [
      Plot.line(bandOf(baseline, crossover.low, crossover.high), {
        ...partOf(curve),
        x: "x",
        y: "y",
        stroke: color,
        strokeOpacity: 0.35,
        strokeWidth: 11,
        strokeLinecap: "round",
      }),
      Plot.dot(at, { ...partOf(curve), x: "x", y: "y", r: 6.5, fill: "none", stroke: color, strokeWidth: 2.2 }),
      Plot.text(at, {
        ...partOf(curve),
        x: "x",
        y: "y",
        dx: -9,
        dy: -11,
        textAnchor: "end",
        text: () => formatEstimatedLength(crossover.length),
        ...halo,
      }),
    ];
  });
}

/** The part of a measured curve between two lengths, as far as it was measured. */
function bandOf(curve: ReportCurve, low: number, high: number): { x: number; y: number }[] {
  const within = curve.points.filter(({ length }) => length > low && length < high).map(({ length }) => length);
  return [low, ...within, high].flatMap((x) => {
    const y = measuredAt(curve, x);
    return y === undefined ? [] : [{ x, y }];
  });
}

/** A measured curve between its points, straight in log-log as crossovers take it. */
function measuredAt({ points }: ReportCurve, length: number): number | undefined {
  const measured = points.flatMap(({ length: x, seconds }) => (seconds ? [{ x, y: seconds }] : []));
  const after = measured.find(({ x }) => x >= length);
  const before = measured.findLast(({ x }) => x <= length);
  if (!after || !before) return undefined;
  const share = after.x > before.x ? Math.log(length / before.x) / Math.log(after.x / before.x) : 0;
  return before.y * (after.y / before.y) ** share;
}

function memoryNote(report: Report, phase: Phase): string {
  const empty = curvesOf(report, phase).filter(({ points }) => points.some(({ peakBytes }) => peakBytes === 0));
  const note = "peak of live bytes above the inputs, counted by the backend";
  return empty.length > 0
    ? `${note}; not drawn, for it holds none: ${empty.map(({ label }) => label).join(", ")}`
    : note;
}

/** A title names so many curves, from the least on, and counts the others. */
const NAMED = 6;

function memoryHeadline(report: Report, phase: Phase): string {
  const curves = curvesOf(report, phase);
  const longest = Math.max(
    ...curves.flatMap(({ points }) => points.flatMap(({ length, peakBytes }) => (peakBytes ? [length] : []))),
  );
  const held = curves
    .flatMap(({ label, points }) =>
      points.flatMap(({ length, peakBytes }) => (length === longest && peakBytes ? [{ label, peakBytes }] : [])),
    )
    .toSorted((a, b) => a.peakBytes - b.peakBytes);
  if (held.length === 0) return "no memory has been measured yet";
  const said = held
    .slice(0, NAMED)
    .map(({ label, peakBytes }, i) => `${label} ${i === 0 ? "holds " : ""}${formatBytes(peakBytes)}`);
  const most = held.at(-1);
  if (held.length > NAMED && most)
    said.push(`${held.length - NAMED} more up to ${formatBytes(most.peakBytes)} (${most.label})`);
  return `at ${formatLength(longest)} tokens ${said.join(", ")}`;
}
