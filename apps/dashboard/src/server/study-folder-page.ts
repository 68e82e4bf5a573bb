import {
  StudyFolder,
  attemptFolder,
  attemptsOf,
  betterOf,
  buildStudyReport,
  compareStudies,
  drawStudyFigures,
  frontSvg,
  readMeasurements,
  shortNumber,
  type StudyReport,
} from "@attention-lab/results";
import { renderStudyPage } from "../study-page.ts";
import type { TrialSeries } from "../trials.ts";

export interface StudyFolderPageOptions {
  /** The folder of another study of the same trials, shown beside it. */
  readonly overlay?: string;
  /** The state of the folder, for a page that is served and follows it. */
  readonly live?: string;
}

/** The page of a study as its folder is now. Errors: it is not the folder of a study. */
export function studyFolderPage(dir: string, { overlay, live }: StudyFolderPageOptions = {}): string {
  const folder = StudyFolder.open(dir);
  const report = buildStudyReport(folder);
  const other = overlay === undefined ? undefined : buildStudyReport(StudyFolder.open(overlay));
  return renderStudyPage(report, {
    ...(live !== undefined && { live }),
    figures: studyPictures(report),
    curves: (trial) => curvesOf(folder, trial),
    ...(other && { overlay: { comparison: compareStudies(report, other, { worse: worseOf(report) }), figures: [] } }),
  });
}

/** Which direction is bad for the metrics that the study draws. */
function worseOf({ figures }: StudyReport): Record<string, "more" | "less"> {
  return Object.fromEntries(
    figures.map(({ figure: { metric } }) => [metric, betterOf(metric) === "more" ? "less" : "more"]),
  );
}

/** The pictures that the study asks for, and each of its metrics against what a trial takes. */
function studyPictures(report: StudyReport): { readonly name: string; readonly svg: string }[] {
  const metrics = [...new Set(report.figures.map(({ figure }) => figure.metric))];
  const finished = report.points.filter(({ trials }) => trials.some(({ status }) => status === "ok"));
  const fronts = metrics.flatMap((quality) =>
    finished.filter((point) => point.metrics[quality] !== undefined).length < 2
      ? []
      : [{ name: `front-${quality}`, svg: frontSvg(report, { quality, better: betterOf(quality), cost: "time" }) }],
  );
  return [...drawStudyFigures(report), ...fronts];
}

/** More places than a small picture has pixels would only make the page heavier. */
const MOST_PLACES = 160;

/** What the newest attempt of a trial has reported so far, one curve per metric. */
function curvesOf(folder: StudyFolder, trial: string): TrialSeries[] {
  const path = folder.trialFolder(trial);
  const attempt = attemptsOf(path).at(-1);
  const measured = attempt === undefined ? [] : readMeasurements(attemptFolder(path, attempt));
  const names = [...new Set(measured.flatMap(({ values }) => Object.keys(values)))];
  return names.flatMap((name): TrialSeries[] => {
    const points = measured.flatMap(({ x, values }, i) => {
      const y = values[name];
      return y == null ? [] : [{ x: x ?? i, y }];
    });
    const step = Math.max(1, Math.ceil(points.length / MOST_PLACES));
    const kept = points.filter((_, i) => i % step === 0 || i === points.length - 1);
    const [first, last] = [kept[0], kept.at(-1)];
    if (!first || !last || kept.length < 2) return [];
    const note = `from ${shortNumber(first.y)} at ${shortNumber(first.x)} to ${shortNumber(last.y)} at ${shortNumber(last.x)}`;
    return [{ name, x: kept.map(({ x }) => x), y: kept.map(({ y }) => y), note, as: "line" }];
  });
}
