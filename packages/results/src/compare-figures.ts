import * as Plot from "@observablehq/plot";
import type { Axis } from "./axes.ts";
import type { ComparedCurve, Comparison } from "./compare.ts";
import { comparisonHeadline } from "./compare-words.ts";
import { drawnCurves, figuresOf, lengthAxis } from "./cost-figure.ts";
import { type DrawnCurve, curveMarks, endLabel, partOf, withRoom } from "./curve-marks.ts";
import { timeAxis } from "./axes.ts";
import { type Frame, draw } from "./figure.ts";
import { formatPercent } from "./format.ts";
import { ink, markStyles } from "./palette.ts";
import type { Phase, Report } from "./report.ts";
import type { Interval } from "./statistics.ts";
import { phaseTitle } from "./words.ts";

/** Two folders in one picture: A as always, B in the same colours with open marks and dashed lines. */
export function overlaySvg(a: Report, b: Report, comparison: Comparison, phase: Phase): string {
  const { drawn: mine, left } = withRoom(drawnCurves(a, phase, "time"));
  const theirs = pairedWith(mine, drawnCurves(b, phase, "time"));
  const x = lengthAxis(a, phase);
  const frame: Frame = {
    title: `${phaseTitle(phase)}: ${comparisonHeadline(only(comparison, `${phase} time`))}`,
    caption: [
      `filled and solid: A, ${a.experiment.name}, ${a.experiment.at.slice(0, 10)}`,
      `open and dashed: B, ${b.experiment.name}, ${b.experiment.at.slice(0, 10)}`,
      ...left,
    ],
    x,
    y: { ...timeAxis([...figuresOf(mine, x.domain[1]), ...figuresOf(theirs, x.domain[1])]), label: "time per call" },
    endLabels: mine.map(endLabel),
  };
  return draw(frame, [...theirs.flatMap(open), ...curveMarks(frame, mine)]);
}

/** Of the second folder those curves that the first one draws, in its style. */
export function pairedWith(mine: readonly DrawnCurve[], theirs: readonly DrawnCurve[]): DrawnCurve[] {
  const styles = new Map(mine.map(({ label, style }) => [label, style]));
  return theirs.flatMap((curve) => {
    const style = styles.get(curve.label);
    return style ? [{ ...curve, style }] : [];
  });
}

/** A curve of the second folder. */
export function open(curve: DrawnCurve): Plot.Markish[] {
  const { points, style } = curve;
  return [
    Plot.line(points, {
      ...partOf(curve),
      x: "x",
      y: "y",
      stroke: style.color,
      strokeWidth: 1.4,
      strokeDasharray: "2 4",
    }),
    Plot.dot(points, {
      ...partOf(curve),
      x: "x",
      y: "y",
      r: 6,
      symbol: style.shape,
      stroke: style.color,
      strokeWidth: 1.5,
      fill: ink.paper,
    }),
  ];
}

/** B over A along the lengths, with intervals; within the two thin lines a difference counts as none. */
export function ratioSvg(a: Report, comparison: Comparison, phase: Phase): string {
  const styles = markStyles(a);
  const compared = only(comparison, `${phase} time`);
  const all = compared.curves.flatMap(({ label, points, verdict }): DrawnCurve[] => {
    const style = styles.get(label);
    const drawn = points.flatMap(({ x, ratio }) =>
      x === null || ratio === null ? [] : [{ x, y: ratio.value, low: ratio.low, high: ratio.high }],
    );
    return style ? [{ label, note: verdict, style, points: drawn, law: null, failures: [] }] : [];
  });
  const { drawn: curves, left } = withRoom(all);
  const { tolerance } = comparison;
  const x = lengthAxis(a, phase);
  const frame: Frame = {
    title: `${phaseTitle(phase)}: ${comparisonHeadline(compared)}`,
    caption: [
      `95 % bootstrap intervals over the repeats; between the grey lines (${formatPercent(tolerance)}) a difference counts as none`,
      ...left,
    ],
    x,
    y: { ...ratioAxis(curves, tolerance), label: "time of B over time of A" },
    endLabels: curves.map(endLabel),
  };
  const level = (y: number, width: number) =>
    Plot.line(
      x.domain.map((end) => ({ x: end, y })),
      { x: "x", y: "y", stroke: ink.guide, strokeWidth: width },
    );
  return draw(frame, [
    level(1, 1.8),
    level(1 + tolerance, 0.8),
    level(1 / (1 + tolerance), 0.8),
    ...curveMarks(frame, curves),
  ]);
}

function only(comparison: Comparison, figure: string): Comparison {
  const curves: ComparedCurve[] = comparison.curves.filter((curve) => curve.figure === figure);
  return { ...comparison, curves };
}

/** Around 1, with room for the tolerance and every interval. */
export function ratioAxis(
  curves: readonly { readonly points: readonly Pick<Interval, "low" | "high">[] }[],
  tolerance: number,
): Axis {
  const intervals = curves.flatMap(({ points }) => points.flatMap(({ low, high }) => [high, 1 / low]));
  const far = 1.04 * Math.max(1.1, 1 + tolerance, ...intervals);
  const all = [0.1, 0.2, 0.5, 0.67, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 2, 5, 10];
  const ticks = all.filter((tick) => tick <= far && tick >= 1 / far && (far < 1.6 || (tick !== 0.9 && tick !== 1.1)));
  return { domain: [1 / far, far], ticks, format: String };
}
