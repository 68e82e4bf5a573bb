import { betterOf } from "./front.ts";
import { frontSvg } from "./front-figure.ts";
import { metricSvg } from "./metric-figure.ts";
import type { StudyFigureData, StudyReport } from "./study-report.ts";

/** All pictures of a study, under the names of their files. A picture without a finished trial is left out. */
export function drawStudyFigures(report: StudyReport): { readonly name: string; readonly svg: string }[] {
  return report.figures.flatMap((data, i) => {
    const { metric, over } = data.figure;
    const name = `${i + 1}-${metric}-over-${over}`.replaceAll(/[^\w.-]/g, "-");
    const svg = data.curves.length > 0 ? metricSvg(report, data) : frontOf(report, data);
    return svg === undefined ? [] : [{ name, svg }];
  });
}

/** Of a picture over time, unless that is a parameter: every point by what it costs. */
function frontOf(report: StudyReport, { figure }: StudyFigureData): string | undefined {
  const { metric: quality, over, where = {} } = figure;
  const measured = report.points.some(({ metrics }) => metrics[quality] !== undefined);
  return over === "time" && measured ? frontSvg(report, { quality, better: betterOf(quality), where }) : undefined;
}
