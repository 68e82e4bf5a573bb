import { type DrawnCurve, curveMarks, endLabel, withRoom } from "./curve-marks.ts";
import { type Frame, draw } from "./figure.ts";
import { metricAxis, shortNumber } from "./metric-axes.ts";
import { styleAt } from "./palette.ts";
import type { StudyCurve, StudyFigureData, StudyReport } from "./study-report.ts";
import { studyCircumstances } from "./study-words.ts";
import { statusWord } from "./words.ts";

/** A metric over a parameter or over the places it was reported at: medians with quartiles over the seeds, one curve per series. */
export function metricSvg(report: StudyReport, data: StudyFigureData): string {
  const { drawn, left } = withRoom(drawnMetric(data));
  const { metric, over, title } = data.figure;
  const seeds = Math.max(0, ...data.curves.flatMap(({ points }) => points.map(({ count }) => count)));
  const frame = metricFrame(data, drawn, {
    title: title ?? `${report.study.name}: ${metric} over ${over}`,
    caption: [
      seeds === 1 ? "one trial a point" : `median and quartiles of up to ${seeds} trials a point`,
      ...left,
      ...studyCircumstances(report),
    ],
  });
  return draw(frame, curveMarks(frame, drawn));
}

/** The curves of a study's picture. */
export function drawnMetric({ figure: { metric, xScale, yScale }, curves }: StudyFigureData): DrawnCurve[] {
  return curves.map((curve, i) => ({
    label: curve.label === "" ? metric : curve.label,
    note: noteOf(curve, xScale === "log" && yScale === "log"),
    style: styleAt(i),
    points: curve.points
      .map(({ x, metric: { value, low, high } }) => ({ x, y: value, low, high }))
      .filter(({ x, low }) => (xScale === "linear" || x > 0) && (yScale === "linear" || low > 0)),
    law: null,
    failures: failuresOf(curve, xScale),
  }));
}

/** The first failure ends the line, as in the pictures of cost. */
function failuresOf({ failures }: StudyCurve, scale: "linear" | "log"): DrawnCurve["failures"] {
  const [first] = failures.filter(({ x }) => scale === "linear" || x > 0).toSorted((a, b) => a.x - b.x);
  return first === undefined ? [] : [{ x: first.x, word: statusWord(first.status) }];
}

/** Axes around all of some curves. */
export function metricFrame(
  { figure: { metric, over, xScale, yScale, xLabel, yLabel } }: StudyFigureData,
  curves: readonly DrawnCurve[],
  words: Pick<Frame, "title" | "caption">,
): Frame {
  const all = curves.flatMap(({ points }) => points);
  const xs = curves.flatMap(({ points, failures }) => [...points, ...failures].map(({ x }) => x));
  const ys = all.flatMap(({ low, high }) => [low, high]);
  return {
    ...words,
    x: { ...metricAxis(xs, xScale, { ownTicks: true }), label: xLabel ?? over },
    y: { ...metricAxis(ys, yScale), label: yLabel ?? metric },
    endLabels: curves.map(endLabel),
  };
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
