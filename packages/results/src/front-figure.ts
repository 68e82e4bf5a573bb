import * as Plot from "@observablehq/plot";
import { timeAxis } from "./axes.ts";
import { canonicalJson } from "./canonical-json.ts";
import { halo, partOf } from "./curve-marks.ts";
import { type Frame, areaOf, columnsOf, draw, rowsOf } from "./figure.ts";
import { type Choice, isTime, paretoFront, timeMetricWords } from "./front.ts";
import { metricAxis, shortNumber } from "./metric-axes.ts";
import { ink, styleAt } from "./palette.ts";
import { parameterWords } from "./parameter-words.ts";
import type { StudyReport } from "./study-report.ts";
import { median } from "./statistics.ts";
import { studyCircumstances } from "./study-words.ts";

export interface FrontOptions {
  readonly quality: string;
  readonly better: "more" | "less";
  /** A metric; "time": seconds that the trial took. Unless given, the program's own time (such as `secondsPerStep`) if it measured one. */
  readonly cost?: string;
  /** Values to which the points are limited, such as `{ spread: 1 }`: others may be other tasks. */
  readonly where?: Readonly<Record<string, unknown>>;
}

/** Every point of a study by quality and cost (medians over its seeds), those that no other beats joined by a line. */
export function frontSvg(report: StudyReport, options: FrontOptions): string {
  const { quality, cost = costOf(report), better, where = {} } = options;
  const choices = choicesOf(report, { ...options, cost });
  const front = paretoFront(choices, better);
  const best = front.at(-1);
  const timed = cost === "time" || isTime(cost);
  const costWords = cost === "time" ? "time of a trial" : timeMetricWords(cost);
  const costs = choices.map((choice) => choice.cost);
  const limited = Object.entries(where)
    .map(([name, value]) => limitWords(name, value))
    .join(", ");
  const limits = limited === "" ? "" : `${limited}: `;
  const frame: Frame = {
    title: best
      ? `${limits}${best.label || "the only point"} has the best ${quality}, ${shortNumber(best.quality)}; ${front.length} of ${choices.length} are beaten by none in both`
      : `${limits}${quality} against ${costWords}: no trial has finished yet`,
    caption: [
      "medians over the seeds; joined: points that no other beats in both (Pareto front)",
      ...studyCircumstances(report),
    ],
    x: {
      ...(timed ? timeAxis(costs) : metricAxis(costs, scaleFor(costs))),
      label: costWords,
    },
    y: {
      ...metricAxis(choices.map(qualityOf), scaleFor(choices.map(qualityOf))),
      label: `${quality} (${better} is better)`,
    },
    endLabels: ["a label of this length"],
  };
  // Those of the front are named first: where two names do not fit, the one that nobody beats is kept.
  const named = placedNames(frame, [...front, ...(choices.length <= MOST_NAMED ? choices : [])]);
  return draw(frame, [
    Plot.line(front, { x: "cost", y: "quality", stroke: ink.guide, strokeWidth: 1.6 }),
    ...choices.map((choice, i) => {
      const style = styleAt(i);
      return Plot.dot([choice], {
        ...partOf(choice),
        title: ({ label }: Choice) => `${label}: ${frame.y.format(choice.quality)} at ${frame.x.format(choice.cost)}`,
        x: "cost",
        y: "quality",
        r: 5.5,
        symbol: style.shape,
        fill: front.includes(choice) ? style.color : ink.paper,
        stroke: style.color,
        strokeWidth: 1.6,
      });
    }),
    ...named.map(({ choice, dy }) =>
      Plot.text([choice], {
        ...partOf(choice),
        x: "cost",
        y: "quality",
        dx: 10,
        dy,
        text: "label",
        textAnchor: "start",
        ...halo,
        fill: front.includes(choice) ? ink.text : ink.quiet,
      }),
    ),
  ]);
}

function costOf({ points }: StudyReport): string {
  return points.flatMap(({ metrics }) => Object.keys(metrics)).find(isTime) ?? "time";
}

/** With more points only those of the front are named. */
const MOST_NAMED = 8;
/** Pixels of a name: a line, and a character on average. */
const NAME = { line: 15, character: 7.4 };

/** Where a name may stand: beside its point a little above, or below. */
const PLACES = [-8, 12];

/** The points whose names fit: none lies over one that was placed before, or reaches out of the picture. */
function placedNames(frame: Frame, choices: readonly Choice[]): { readonly choice: Choice; readonly dy: number }[] {
  const area = areaOf(frame);
  const [rows, columns] = [rowsOf(frame.y, area), columnsOf(frame.x, area)];
  const boxes: { readonly left: number; readonly right: number; readonly y: number }[] = [];
  const isFree = ({ left, right, y }: (typeof boxes)[number]): boolean =>
    right <= area.width &&
    boxes.every((other) => Math.abs(other.y - y) >= NAME.line || other.right < left || right < other.left);
  return [...new Set(choices)].flatMap((choice) => {
    const left = columns(choice.cost) + 10;
    const right = left + NAME.character * choice.label.length;
    const dy = PLACES.find((place) => isFree({ left, right, y: rows.at(choice.quality) + place }));
    if (dy === undefined) return [];
    boxes.push({ left, right, y: rows.at(choice.quality) + dy });
    return [{ choice, dy }];
  });
}

/** Where values span more than a decade and a half, a linear axis would press most of them into its foot. */
function scaleFor(values: readonly number[]): "linear" | "log" {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return low > 0 && high / low > 30 ? "log" : "linear";
}

const qualityOf = ({ quality }: Choice) => quality;

function choicesOf(
  { points, varied }: StudyReport,
  { quality, cost, where = {} }: FrontOptions & { readonly cost: string },
): Choice[] {
  const limits = Object.entries(where).filter(([name]) => varied.includes(name));
  const meant = points.filter(({ parameters }) =>
    limits.every(([name, value]) => canonicalJson(parameters[name]) === canonicalJson(value)),
  );
  // What all of them have in common need not be said of each.
  const common = new Set(limits.map(([name, value]) => limitWords(name, value)));
  const namedBy = (label: string) =>
    label
      .split(", ")
      .filter((part) => !common.has(part))
      .join(", ");
  return meant.flatMap(({ label, metrics, trials }) => {
    const seconds = trials.flatMap((trial) => (trial.status === "ok" ? (trial.seconds ?? []) : []));
    const time = seconds.length > 0 ? median(seconds) : undefined;
    const [x, y] = [cost === "time" ? time : metrics[cost]?.value, metrics[quality]?.value];
    return x === undefined || y === undefined ? [] : [{ label: namedBy(label), cost: x, quality: y }];
  });
}

function limitWords(name: string, value: unknown): string {
  const short = name.split(".").at(-1) ?? name;
  return parameterWords({ [short]: value }, [short]);
}
