import { type DrawnCurve, curveMarks, endLabel } from "./curve-marks.ts";
import { type Frame, draw } from "./figure.ts";
import { metricAxis, shortNumber } from "./metric-axes.ts";
import { styleAt } from "./palette.ts";
import type { StudyCurve, StudyFigureData, StudyReport } from "./study-report.ts";
import { studyCircumstances } from "./study-words.ts";

/** A metric over a parameter or over the places it was reported at: medians with quartiles over the seeds, one curve per series. */
export function metricSvg(report: StudyReport, { figure, curves }: StudyFigureData): string {
  const { metric, over, xScale, yScale } = figure;
  const drawn = curves.map((curve, i): DrawnCurve => ({
    label: curve.label === "" ? metric : curve.label,
    note: noteOf(curve, xScale === "log" && yScale === "log"),
    style: styleAt(i),
    points: curve.points
      .map(({ x, metric: { value, low, high } }) => ({ x, y: value, low, high }))
      .filter(({ x, low }) => (xScale === "linear" || x > 0) && (yScale === "linear" || low > 0)),
    law: null,
    failures: [],
  }));
  const all = drawn.flatMap(({ points }) => points);
  const seeds = Math.max(0, ...curves.flatMap(({ points }) => points.map(({ count }) => count)));
  const frame: Frame = {
    title: figure.title ?? `${report.study.name}: ${metric} over ${over}`,
    caption: [
      seeds === 1 ? "one trial a point" : `median and quartiles of up to ${seeds} trials a point`,
      ...studyCircumstances(report),
    ],
    x: {
      ...metricAxis(
        all.map(({ x }) => x),
        xScale,
        { ownTicks: true },
      ),
      label: figure.xLabel ?? over,
    },
    y: {
      ...metricAxis(
        all.flatMap(({ low, high }) => [low, high]),
        yScale,
      ),
      label: figure.yLabel ?? metric,
    },
    endLabels: drawn.map(endLabel),
  };
  return draw(frame, curveMarks(frame, drawn));
}

/** The slope where both axes are logarithmic and points allow it, else the last value. */
function noteOf({ points }: StudyCurve, logarithmic: boolean): string {
  const logs = points
    .filter(({ x, metric }) => x > 0 && metric.value > 0)
    .map(({ x, metric }) => ({ x: Math.log(x), y: Math.log(metric.value) }));
  const last = points.at(-1)?.metric.value;
  if (!logarithmic || logs.length < 3) return last === undefined ? "" : shortNumber(last);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(logs.map((each) => each.x)), mean(logs.map((each) => each.y))];
  const along = mean(logs.map((each) => (each.x - x) * (each.y - y)));
  return `slope ${(along / mean(logs.map((each) => (each.x - x) ** 2))).toFixed(2)}`;
}
