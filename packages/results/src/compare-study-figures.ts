import * as Plot from "@observablehq/plot";
import { type ComparedPoint, type Comparison } from "./compare.ts";
import { open, pairedWith, ratioAxis } from "./compare-figures.ts";
import { ratioWords } from "./compare-words.ts";
import { curveMarks, withRoom } from "./curve-marks.ts";
import { type Frame, draw } from "./figure.ts";
import { formatPercent, threeDigits } from "./format.ts";
import { canonicalJson } from "./canonical-json.ts";
import { drawnMetric, metricFrame } from "./metric-figure.ts";
import { ink } from "./palette.ts";
import type { Interval } from "./statistics.ts";
import type { StudyReport } from "./study-report.ts";

/** Rows for which a picture has room. */
const MOST_POINTS = 24;

/** Each picture of a study with the second folder's curves in it (open and dashed), where that one draws the same. */
export function overlayStudySvgs(a: StudyReport, b: StudyReport): string[] {
  return a.figures.flatMap((data) => {
    const other = b.figures.find(({ figure }) => canonicalJson(figure) === canonicalJson(data.figure));
    const { drawn: mine, left } = withRoom(drawnMetric(data));
    const theirs = other ? pairedWith(mine, drawnMetric(other)) : [];
    if (theirs.length === 0) return [];
    const { metric, over, title } = data.figure;
    const frame = metricFrame(data, [...mine, ...theirs], {
      title: `A and B: ${title ?? `${metric} over ${over}`}`,
      caption: [
        `filled and solid: A, ${a.study.name}, ${a.study.at.slice(0, 10)}`,
        `open and dashed: B, ${b.study.name}, ${b.study.at.slice(0, 10)}`,
        ...left,
      ],
    });
    return [draw(frame, [...theirs.flatMap(open), ...curveMarks(frame, mine)])];
  });
}

/** B over A of one metric, point by point with intervals; between the thin lines a difference counts as none. Undefined without a ratio. */
export function ratioStudySvg({ curves, tolerance }: Comparison, metric: string): string | undefined {
  const compared = curves.find(({ figure }) => figure === metric);
  const known = (compared?.points ?? []).filter((point): point is ComparedPoint & { ratio: Interval } =>
    Boolean(point.ratio),
  );
  if (!compared || known.length === 0) return undefined;
  const rows = known.slice(0, MOST_POINTS).map(({ label, ratio }, row) => ({ ...ratio, row, label: label || "all" }));
  const further = known.length - rows.length;
  const x = ratioAxis([{ points: rows }], tolerance);
  const frame: Frame = {
    title: `${metric} of B is ${ratioWords(compared.ratio)} times that of A: ${compared.verdict}`,
    caption: [
      `95 % bootstrap intervals over the seeds; between the grey lines (${formatPercent(tolerance)}) a difference counts as none`,
      ...(further > 0 ? [`${further} further points are not drawn`] : []),
    ],
    x: { ...x, label: `${metric} of B over that of A` },
    y: { scale: "linear", domain: [rows.length - 0.4, -0.6], ticks: [], format: String, label: "" },
    endLabels: rows.map(({ label, value }) => `${label} ${threeDigits(value)}`),
  };
  const level = (at: number, width: number) => Plot.ruleX([at], { stroke: ink.guide, strokeWidth: width });
  return draw(frame, [
    level(1, 1.8),
    level(1 + tolerance, 0.8),
    level(1 / (1 + tolerance), 0.8),
    Plot.ruleY(rows, { y: "row", x1: "low", x2: "high", stroke: ink.text, strokeWidth: 1.5 }),
    Plot.dot(rows, {
      y: "row",
      x: "value",
      r: 4,
      fill: ink.text,
      title: ({ label, ...ratio }: (typeof rows)[number]) => `${label}: ${ratioWords(ratio)}`,
    }),
    Plot.text(rows, {
      y: "row",
      x: () => x.domain[1],
      dx: 12,
      text: ({ label, value }: (typeof rows)[number]) => `${label} ${threeDigits(value)}`,
      textAnchor: "start",
      fill: ink.text,
      fontSize: 12,
    }),
  ]);
}
