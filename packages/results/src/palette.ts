import type { Report } from "./report.ts";

/** Colours of everything that is not a curve. The page exchanges them for its own in dark mode, by these very codes. */
export const ink = { text: "#1b1b1b", quiet: "#5f6368", grid: "#e3e5e8", guide: "#a9adb3", paper: "#fefefe" } as const;

/** Symbols are names of d3-shape's, drawn alike by the pictures and the page. */
export type MarkShape = "circle" | "square" | "triangle" | "diamond" | "star" | "wye" | "cross" | "hexagon";

/** How a variant is drawn everywhere: never by colour alone. */
export interface MarkStyle {
  readonly color: string;
  readonly shape: MarkShape;
  /** Beyond the eighth curve: drawn faintly, for colours repeat. */
  readonly faint: boolean;
  /** The baseline is drawn first and heavier, so that it shows beneath a line that lies on it. */
  readonly heavy: boolean;
}

/** Okabe and Ito (2008): told apart by people of every kind of colour vision. Black comes first, for the baseline. */
const styles: readonly (readonly [string, MarkShape])[] = [
  ["#000000", "circle"],
  ["#0072b2", "square"],
  ["#d55e00", "triangle"],
  ["#009e73", "diamond"],
  ["#cc79a7", "star"],
  ["#e69f00", "wye"],
  ["#56b4e9", "cross"],
  ["#b5a800", "hexagon"], // their yellow (#f0e442), darkened to be seen on white
];

/** Every colour a curve can have. */
export const curveColors: readonly string[] = styles.map(([color]) => color);

/** A style for each label of a report, the same in every picture and table of it. */
export function markStyles(report: Report): ReadonlyMap<string, MarkStyle> {
  const isBaseline = (label: string) =>
    report.curves.some((curve) => curve.label === label && curve.variant === report.experiment.baseline);
  const labels = [...new Set(report.curves.map(({ label }) => label))];
  const inOrder = [...labels.filter(isBaseline), ...labels.filter((label) => !isBaseline(label))];
  return new Map(inOrder.map((label, i) => [label, styleAt(i)]));
}

/** The style of the so-manieth curve. */
export function styleAt(index: number): MarkStyle {
  const [color, shape] = styles[index % styles.length] ?? ["#000000", "circle"];
  return { color, shape, faint: index >= styles.length, heavy: index === 0 };
}
