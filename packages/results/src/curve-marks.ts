import * as Plot from "@observablehq/plot";
import { spread } from "./axes.ts";
import { type Area, type Frame, areaOf, rowsOf } from "./figure.ts";
import { type MarkStyle, ink } from "./palette.ts";
import { type PowerLaw, evaluate } from "./power-law.ts";

/** A curve as a picture needs it. */
export interface DrawnCurve {
  readonly label: string;
  /** What stands beside the name at the right end: the exponent. */
  readonly note: string;
  readonly style: MarkStyle;
  readonly points: readonly { readonly x: number; readonly y: number; readonly low: number; readonly high: number }[];
  readonly law: PowerLaw | null;
  /** Where the curve ended early, and the word for it. */
  readonly failures: readonly { readonly x: number; readonly word: string }[];
}

const LABEL_GAP = 17;
/** More names than that do not fit beside a picture, and more lines than that cannot be told apart. */
const MOST_CURVES = 24;

/** The curves that a picture has room for, the baseline among them, and a line for its caption that counts the others. */
export function withRoom(curves: readonly DrawnCurve[]): { readonly drawn: DrawnCurve[]; readonly left: string[] } {
  if (curves.length <= MOST_CURVES) return { drawn: [...curves], left: [] };
  const inOrder = curves.toSorted((a, b) => Number(b.style.heavy) - Number(a.style.heavy));
  const others = curves.length - MOST_CURVES;
  return { drawn: inOrder.slice(0, MOST_CURVES), left: [`${others} further curves are not drawn; the table has them`] };
}

/** Points with interval bars, the fitted line (dashed beyond the points), crosses for failures, names at the right end. */
export function curveMarks(frame: Frame, curves: readonly DrawnCurve[]): Plot.Markish[] {
  return [
    ...curves.flatMap((curve) => [...lines(frame, curve), ...points(frame, curve)]),
    ...curves.flatMap((curve) => crosses(curve)),
    ...endLabels(frame, curves),
  ];
}

/** Every part of a curve bears its name, so that a page can lift it out of the others. */
export function partOf({ label }: { readonly label: string }) {
  return { ariaLabel: () => `curve ${label}` } as const;
}

function lines(frame: Frame, curve: DrawnCurve): Plot.Markish[] {
  const { law, points: measured, style } = curve;
  const [first, last, end] = [measured[0]?.x, measured.at(-1)?.x, frame.x.ticks.at(-1)];
  if (first === undefined || last === undefined) return [];
  const stroke = {
    ...partOf(curve),
    x: "x",
    y: "y",
    stroke: style.color,
    strokeWidth: style.heavy ? 3.5 : 2,
    strokeOpacity: style.faint ? 0.25 : 1,
  };
  if (law === null) return [Plot.line(measured, { ...stroke, strokeWidth: style.heavy ? 2.8 : 1.4 })];
  const beyond =
    end !== undefined && end > last ? [Plot.line(sampled(law, last, end), { ...stroke, strokeDasharray: "5 5" })] : [];
  return [Plot.line(sampled(law, first, last), stroke), ...beyond];
}

function sampled(law: PowerLaw, from: number, to: number): { x: number; y: number }[] {
  return Array.from({ length: 33 }, (_, i) => from * (to / from) ** (i / 32)).map((x) => ({ x, y: evaluate(law, x) }));
}

function points({ x, y }: Frame, curve: DrawnCurve): Plot.Markish[] {
  const { points: measured, style, label } = curve;
  const opacity = style.faint ? 0.25 : 1;
  const radius = style.heavy ? 5 : 4;
  return [
    Plot.ruleX(measured, {
      ...partOf(curve),
      x: "x",
      y1: "low",
      y2: "high",
      stroke: style.color,
      strokeWidth: 1.5,
      strokeOpacity: opacity,
    }),
    Plot.dot(measured, {
      ...partOf(curve),
      title: (point: DrawnCurve["points"][number]) => {
        const interval = point.low < point.high ? ` (${y.format(point.low)} to ${y.format(point.high)})` : "";
        return `${label} at ${x.format(point.x)}: ${y.format(point.y)}${interval}`;
      },
      x: "x",
      y: "y",
      r: radius,
      symbol: style.shape,
      fill: style.color,
      fillOpacity: opacity,
      stroke: ink.paper,
      strokeWidth: 0.8,
    }),
  ];
}

function crosses(curve: DrawnCurve): Plot.Markish[] {
  const { points: measured, law, failures, style } = curve;
  const last = measured.at(-1);
  const data = failures.flatMap(({ x, word }) => {
    const y = law ? evaluate(law, x) : last?.y;
    return y === undefined ? [] : [{ x, y, word }];
  });
  return [
    Plot.dot(data, { ...partOf(curve), x: "x", y: "y", symbol: "times", r: 6, stroke: style.color, strokeWidth: 2.5 }),
    Plot.text(data, { x: "x", y: "y", text: "word", dx: -11, dy: -9, textAnchor: "end", ...halo }),
  ];
}

/** What stands at the right end of a line. */
export function endLabel({ label, note }: DrawnCurve): string {
  return `${label} ${note}`.trim();
}

/** Text over lines is legible with a rim of paper. */
export const halo = { fill: ink.text, stroke: ink.paper, strokeWidth: 4, fontSize: 12 } as const;

/** Name and slope where the line ends, moved apart where lines end close together, with a thin leader to each. */
function endLabels(frame: Frame, curves: readonly DrawnCurve[]): Plot.Markish[] {
  const area: Area = areaOf(frame);
  const rows = rowsOf(frame.y, area);
  const right = frame.x.domain[1];
  const ends = curves.flatMap((curve) => {
    const x = frame.x.ticks.at(-1) ?? right;
    const last = curve.points.at(-1);
    const y = curve.law ? evaluate(curve.law, x) : last?.y;
    return y === undefined || !last ? [] : [{ curve, x: curve.law ? x : last.x, y }];
  });
  const places = spread(
    ends.map(({ y }) => rows.at(y)),
    LABEL_GAP,
    area.top + 4,
    area.height - area.bottom - 4,
  );
  const placed = ends.map((end, i) => ({ ...end, place: rows.valueAt(places[i] ?? 0) }));
  return placed.flatMap(({ curve, x, y, place }) => {
    const at = [{ x: right, y: place }];
    return [
      Plot.link([{ x1: x, y1: y, x2: right, y2: place }], {
        x1: "x1",
        y1: "y1",
        x2: "x2",
        y2: "y2",
        stroke: ink.guide,
        strokeWidth: 0.8,
      }),
      Plot.dot(at, {
        ...partOf(curve),
        x: "x",
        y: "y",
        dx: 10,
        r: 4,
        symbol: curve.style.shape,
        fill: curve.style.color,
      }),
      Plot.text(at, {
        ...partOf(curve),
        x: "x",
        y: "y",
        dx: 20,
        text: () => endLabel(curve),
        textAnchor: "start",
        fill: ink.text,
        fontSize: 12.5,
      }),
    ];
  });
}

/** Thin grey lines of slope 1 and 2 from the lower left corner, named along the line. */
export function referenceSlopes(frame: Frame): Plot.Markish[] {
  const area = areaOf(frame);
  const [[left, right], [low, high]] = [frame.x.domain, frame.y.domain];
  const perLogX = (area.width - area.left - area.right) / Math.log(right / left);
  const perLogY = (area.height - area.top - area.bottom) / Math.log(high / low);
  const [x0, y0] = [left, low * (high / low) ** 0.02];
  return [1, 2].flatMap((slope) => {
    const end = Math.min(right, x0 * (high / y0) ** (1 / slope));
    const at = x0 * (end / x0) ** 0.86;
    const angle = (-Math.atan((slope * perLogY) / perLogX) * 180) / Math.PI;
    const line = [x0, end].map((x) => ({ x, y: y0 * (x / x0) ** slope }));
    return [
      Plot.line(line, { x: "x", y: "y", stroke: ink.guide, strokeWidth: 1 }),
      Plot.text([{ x: at, y: y0 * (at / x0) ** slope }], {
        x: "x",
        y: "y",
        text: () => `slope ${slope}`,
        rotate: angle,
        dy: 0,
        lineAnchor: "bottom",
        fill: ink.quiet,
        stroke: ink.paper,
        strokeWidth: 3,
        fontSize: 11,
      }),
    ];
  });
}
