import { metricSvg } from "./metric-figure.ts";
import type { StudyReport } from "./study-report.ts";

/** All pictures of a study, under the names of their files. A picture without a finished trial is left out. */
export function drawStudyFigures(report: StudyReport): { readonly name: string; readonly svg: string }[] {
  return report.figures.flatMap((data, i) => {
    const { metric, over } = data.figure;
    const name = `${i + 1}-${metric}-over-${over}`.replaceAll(/[^\w.-]/g, "-");
    return data.curves.length === 0 ? [] : [{ name, svg: metricSvg(report, data) }];
  });
}
