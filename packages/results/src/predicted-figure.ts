import * as Plot from "@observablehq/plot";
import { operationsAxis, timeAxis } from "./axes.ts";
import type { FigureOptions } from "./cost-figure.ts";
import { type DrawnCurve, curveMarks, endLabel, withRoom } from "./curve-marks.ts";
import { type Frame, draw } from "./figure.ts";
import { threeDigits } from "./format.ts";
import { ink, markStyles } from "./palette.ts";
import { type Report, curvesOf } from "./report.ts";
import { median, quantile } from "./statistics.ts";
import { circumstances, phaseTitle } from "./words.ts";

/**
 * Measured time over declared operations. The diagonal is the median rate of all points: above it a variant is slower per
 * operation than the others, below it faster.
 */
export function predictedSvg(report: Report, { phase }: FigureOptions): string {
  const styles = markStyles(report);
  const curves = curvesOf(report, phase).flatMap((curve): DrawnCurve[] => {
    const style = styles.get(curve.label);
    const points = curve.points.flatMap(({ predicted: { flops }, seconds, low, high }) =>
      flops > 0 && seconds && low && high ? [{ x: flops, y: seconds, low, high }] : [],
    );
    const last = points.at(-1);
    const note = last ? `${threeDigits(last.x / last.y / 1e9)} GFLOP/s` : "";
    return style && last ? [{ label: curve.label, note, style, points, law: null, failures: [] }] : [];
  });
  const { drawn, left } = withRoom(curves);
  const all = curves.flatMap(({ points }) => points);
  const rate = median(all.map(({ x, y }) => x / y));
  const x = operationsAxis(all.map((point) => point.x));
  const y = timeAxis(all.flatMap((point) => [point.low, point.high]));
  const factor = Math.exp(
    quantile(
      all.map((point) => Math.abs(Math.log((point.y * rate) / point.x))),
      0.9,
    ),
  );
  const frame: Frame = {
    title:
      all.length === 0
        ? `${phaseTitle(phase)}: no operations were declared`
        : `${phaseTitle(phase)}: declared operations tell nine in ten times to within a factor of ${threeDigits(factor)}`,
    caption: [...(all.length > 0 ? [rateNote(rate)] : []), ...left, ...circumstances(report)],
    x: { ...x, label: "declared operations per call" },
    y: { ...y, label: "time per call" },
    endLabels: drawn.map(endLabel),
  };
  const diagonal = clipped(rate, x.domain, y.domain);
  return draw(frame, [
    Plot.line(diagonal, { x: "x", y: "y", stroke: ink.guide, strokeWidth: 1.5 }),
    ...curveMarks(frame, drawn),
  ]);
}

function rateNote(rate: number): string {
  return `line: ${threeDigits(rate / 1e9)} GFLOP/s, the median of all points; names carry the rate at the longest length`;
}

/** The part of y = x / rate within both axes. */
function clipped(rate: number, x: readonly [number, number], y: readonly [number, number]): { x: number; y: number }[] {
  const ends = [Math.max(x[0], y[0] * rate), Math.min(x[1], y[1] * rate)];
  return Number.isFinite(rate) && (ends[0] ?? 0) < (ends[1] ?? 0) ? ends.map((end) => ({ x: end, y: end / rate })) : [];
}
