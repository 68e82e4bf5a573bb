import {
  type Report,
  ResultsFolder,
  buildReport,
  compareReports,
  drawFigures,
  overlaySvg,
  phasesOf,
  ratioSvg,
} from "@attention-lab/results";
import type { Overlay } from "../overlay-section.ts";
import { renderPage } from "../render-page.ts";
import type { OpenFolderOptions } from "./open-folder.ts";

/** The page of a cost experiment as its folder is now. */
export async function costPage(dir: string, live: string, { overlay, support }: OpenFolderOptions): Promise<string> {
  const report = buildReport(await ResultsFolder.open(dir));
  const beside = overlay === undefined ? undefined : overlayOf(report, buildReport(await ResultsFolder.open(overlay)));
  return renderPage(report, {
    live,
    figures: drawFigures(report),
    ...(support && { support: support(new Set(report.curves.map(({ variant }) => variant))) }),
    ...(beside && overlay !== undefined && { overlay: { ...beside, folders: [dir, overlay] } }),
  });
}

/** Both folders in one picture, and their ratio, for each phase. */
function overlayOf(a: Report, b: Report): Overlay {
  const comparison = compareReports(a, b, {
    across: ["version", "backend", "engine", "threads", "warmups", "repeats"],
  });
  const figures = phasesOf(a).flatMap((phase) => [
    { phase, svg: overlaySvg(a, b, comparison, phase) },
    { phase, svg: ratioSvg(a, comparison, phase) },
  ]);
  return { comparison, figures };
}
