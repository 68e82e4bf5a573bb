import * as Plot from "@observablehq/plot";
import { timeAxis } from "./axes.ts";
import { halo } from "./curve-marks.ts";
import { type Frame, draw } from "./figure.ts";
import { type Choice, paretoFront } from "./front.ts";
import { metricAxis, shortNumber } from "./metric-axes.ts";
import { ink, styleAt } from "./palette.ts";
import type { StudyReport } from "./study-report.ts";
import { studyCircumstances } from "./study-words.ts";

export interface FrontOptions {
  readonly quality: string;
  readonly better: "more" | "less";
  /** A metric; "time": seconds that the trial took. */
  readonly cost: string;
}

/** Every point of a study by quality and cost (medians over its seeds), those that no other beats joined by a line. */
export function frontSvg(report: StudyReport, options: FrontOptions): string {
  const { quality, cost, better } = options;
  const choices = choicesOf(report, options);
  const front = paretoFront(choices, better);
  const best = front.at(-1);
  const styles = new Map(choices.map(({ label }, i) => [label, styleAt(i)]));
  const timed = cost === "time";
  const costs = choices.map((choice) => choice.cost);
  const frame: Frame = {
    title: best
      ? `${best.label || "the only point"} has the best ${quality}, ${shortNumber(best.quality)}; ${front.length} of ${choices.length} are beaten by none in both`
      : `${quality} against ${cost}: no trial has finished yet`,
    caption: [
      "medians over the seeds; joined: points that no other beats in both (Pareto front)",
      ...studyCircumstances(report),
    ],
    x: {
      ...(timed ? timeAxis(costs) : metricAxis(costs, costs.every((value) => value > 0) ? "log" : "linear")),
      label: timed ? "time of a trial" : cost,
    },
    y: {
      ...metricAxis(
        choices.map((choice) => choice.quality),
        "linear",
      ),
      label: `${quality} (${better} is better)`,
    },
    endLabels: ["a label of this length"],
  };
  return draw(frame, [
    Plot.line(front, { x: "cost", y: "quality", stroke: ink.guide, strokeWidth: 1.6 }),
    ...choices.flatMap((choice) => {
      const style = styles.get(choice.label) ?? styleAt(0);
      const beaten = !front.includes(choice);
      return [
        Plot.dot([choice], {
          x: "cost",
          y: "quality",
          r: 5.5,
          symbol: style.shape,
          fill: beaten ? ink.paper : style.color,
          stroke: style.color,
          strokeWidth: 1.6,
        }),
        ...(choices.length <= MOST_NAMED || !beaten
          ? [
              Plot.text([choice], {
                x: "cost",
                y: "quality",
                dx: 10,
                dy: -8,
                text: "label",
                textAnchor: "start",
                ...halo,
                fill: beaten ? ink.quiet : ink.text,
              }),
            ]
          : []),
      ];
    }),
  ]);
}

/** With more points only those of the front are named. */
const MOST_NAMED = 8;

function choicesOf({ points }: StudyReport, { quality, cost }: FrontOptions): Choice[] {
  return points.flatMap(({ label, metrics, trials }) => {
    const seconds = trials.flatMap((trial) => (trial.status === "ok" ? (trial.seconds ?? []) : []));
    const time = seconds.length > 0 ? seconds.reduce((sum, one) => sum + one, 0) / seconds.length : undefined;
    const [x, y] = [cost === "time" ? time : metrics[cost]?.value, metrics[quality]?.value];
    return x === undefined || y === undefined ? [] : [{ label, cost: x, quality: y }];
  });
}
