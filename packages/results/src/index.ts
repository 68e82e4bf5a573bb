export * from "./store.ts";
export { fitPowerLaw, evaluate, type CurvePoint, type FitOptions, type PowerLaw } from "./power-law.ts";
export { fitPiecewise, type PiecewiseLaw } from "./piecewise.ts";
export {
  chinchillaLoss,
  fitChinchilla,
  fitKaplan,
  type ChinchillaLaw,
  type KaplanLaw,
  type TrainedModel,
} from "./scaling-laws.ts";
export {
  chinchillaIntervals,
  kaplanIntervals,
  piecewiseIntervals,
  powerLawIntervals,
  type LawWithIntervals,
} from "./law-intervals.ts";
export { rSquared } from "./goodness.ts";
export { standardErrors } from "./standard-errors.ts";
export { bootstrap, type BootstrapOptions } from "./bootstrap.ts";
export { fitCost, type CostFit, type MeasuredLength } from "./cost-law.ts";
export { crossover, crossingLength, type Crossover } from "./crossover.ts";
export { medianInterval } from "./median-interval.ts";
export { buildReport, type FolderContents } from "./build-report.ts";
export { markdownTable, terminalTable, type TerminalOptions } from "./text-tables.ts";
export { costCurveSvg, memorySvg, type FigureOptions } from "./cost-figure.ts";
export { predictedSvg } from "./predicted-figure.ts";
export { drawFigures } from "./figures.ts";
export { overlaySvg, ratioSvg } from "./compare-figures.ts";
export { overlayStudySvgs, ratioStudySvg } from "./compare-study-figures.ts";
export { compareReports, type CompareOptions } from "./compare-reports.ts";
export { compareStudies, type CompareStudiesOptions } from "./compare-studies.ts";
export { exportTables } from "./export-folder.ts";
export { columnType, csv, parquet, records, type ColumnType } from "./export-formats.ts";
export type { ExportTable, ExportTables, Value } from "./export-tables.ts";
export { frontSvg, type FrontOptions } from "./front-figure.ts";
export { paretoFront, type Choice } from "./front.ts";
export { attentionSvg } from "./attention-figure.ts";
export type { AttentionMap, AttentionPicture } from "./attention-map.ts";
export { attentionPage } from "./attention-page.ts";
export { png } from "./png.ts";
export { drawStudyFigures } from "./study-figures.ts";
export { flatParameters, valueWords, variedNames } from "./parameter-words.ts";
export { buildStudyReport } from "./study-report.ts";
export { studyMarkdown, studyTerminalTable } from "./study-tables.ts";
export * from "./browser.ts";
