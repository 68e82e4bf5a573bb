import {
  type PlannedStudyTrial,
  StudyFolder,
  type StudyReport,
  betterOf,
  buildStudyReport,
  compareStudies,
  drawStudyFigures,
  flatParameters,
  frontSvg,
  isTime,
  overlayStudySvgs,
  ratioStudySvg,
} from "@attention-lab/results";
import type { Overlay } from "../overlay-section.ts";
import { renderStudyPage } from "../study-page.ts";
import type { Support } from "../support-table.ts";
import { studyTrialDetail } from "./study-trial.ts";

export interface StudyFolderPageOptions {
  /** The folder of another study of the same trials, shown beside it. */
  readonly overlay?: string;
  /** The support rows of the variants that occur. */
  readonly support?: (variants: ReadonlySet<string>) => Support;
  /** The state of the folder, for a page that is served and follows it: what a trial opens to is then asked for. */
  readonly live?: string;
}

/** The page of a study as its folder is now. Errors: it is not the folder of a study. */
export function studyFolderPage(dir: string, { overlay, support, live }: StudyFolderPageOptions = {}): string {
  const folder = StudyFolder.open(dir);
  const report = buildStudyReport(folder);
  const other = overlay === undefined ? undefined : buildStudyReport(StudyFolder.open(overlay));
  const planned = folder.trials();
  return renderStudyPage(report, {
    ...(live === undefined ? { details: detailsOf(folder, planned, report) } : { live }),
    ...(support && { support: support(variantsOf(planned)) }),
    figures: studyPictures(report),
    ...(other && overlay !== undefined && { overlay: { ...overlayOf(report, other), folders: [dir, overlay] } }),
  });
}

/** So many places of curves and lines of logs a file carries, however many trials share them. */
const MOST = { places: 200_000, lines: 20_000 };

/** What every trial opens to, for a page that is a file and must hold it all. */
function detailsOf(folder: StudyFolder, planned: readonly PlannedStudyTrial[], { varied }: StudyReport) {
  const share = (all: number, least: number, most: number) =>
    Math.max(least, Math.min(most, Math.floor(all / Math.max(1, planned.length))));
  const options = { varied, places: share(MOST.places, 16, 160), lines: share(MOST.lines, 3, 60) };
  const byId = new Map(planned.map((trial) => [trial.id, trial]));
  return (id: string) => {
    const trial = byId.get(id);
    return trial ? studyTrialDetail(folder, trial, options) : null;
  };
}

/** Names of attention variants among the parameters: those of `variant`, `attention` or `attention.name`, wherever they stand. */
function variantsOf(planned: readonly PlannedStudyTrial[]): Set<string> {
  const names = planned.flatMap(({ config }) =>
    Object.entries(flatParameters(config)).flatMap(([name, value]) =>
      /(^|\.)(variant|attention|attention\.name)$/.test(name) && typeof value === "string" ? [value] : [],
    ),
  );
  return new Set(names);
}

/** Each picture with both folders in it, the ratio of each metric, and a verdict for it. */
function overlayOf(report: StudyReport, other: StudyReport): Overlay {
  const metrics = metricsOf(report);
  const worse = Object.fromEntries(
    metrics.map((metric) => [metric, betterOf(metric) === "more" ? ("less" as const) : ("more" as const)]),
  );
  const measured = new Set(report.points.flatMap((point) => Object.keys(point.metrics)));
  const known = Object.fromEntries(Object.entries(worse).filter(([metric]) => measured.has(metric)));
  const comparison = compareStudies(report, other, { worse: known });
  const ratios = metrics.flatMap((metric) => ratioStudySvg(comparison, metric) ?? []);
  return { comparison, figures: [...overlayStudySvgs(report, other), ...ratios].map((svg) => ({ svg })) };
}

function metricsOf({ figures }: StudyReport): string[] {
  return [...new Set(figures.map(({ figure }) => figure.metric))];
}

/**
 * The pictures that the study asks for, and each of its metrics against its cost, within what the picture is limited to. The cost is what the program
 * measured of it, else what a trial took.
 */
function studyPictures(report: StudyReport): { readonly name: string; readonly svg: string }[] {
  const drawn = report.figures.filter(({ figure }) => figure.over === "time").map(({ figure }) => figure.metric);
  const wishes = report.figures.map(({ figure: { metric, where = {} } }) => ({ metric, where }));
  const different = [...new Map(wishes.map((wish) => [JSON.stringify(wish), wish])).values()];
  const finished = report.points.filter(({ trials }) => trials.some(({ status }) => status === "ok"));
  const fronts = different.flatMap(({ metric: quality, where }, i) =>
    isTime(quality) ||
    drawn.includes(quality) ||
    finished.filter((point) => point.metrics[quality] !== undefined).length < 2
      ? []
      : [
          {
            name: `front-${i + 1}-${quality}`,
            svg: frontSvg(report, { quality, better: betterOf(quality), where }),
          },
        ],
  );
  return [...drawStudyFigures(report), ...fronts];
}
