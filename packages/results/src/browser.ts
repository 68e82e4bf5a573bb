/** What a page needs: the report's shape, its words, its rounding. Nothing here touches a file or a native module. */
export {
  curvesOf,
  phasesOf,
  settingNames,
  type Phase,
  type Report,
  type ReportCurve,
  type ReportPoint,
  type SettingName,
  type Settings,
  type TrialStatus,
} from "./report.ts";
export {
  formatBytes,
  formatEstimatedLength,
  formatExponent,
  formatLength,
  formatPercent,
  formatRatio,
  formatSeconds,
} from "./format.ts";
export {
  circumstances,
  crossoverInterval,
  crossoverWords,
  exponentInterval,
  headline,
  phaseTitle,
  statusWord,
} from "./words.ts";
export { columns, tableRows, type Cell, type Column } from "./table.ts";
export { curveColors, ink, markStyles, type MarkShape, type MarkStyle } from "./palette.ts";
export { markPath } from "./mark-path.ts";
export type { Figure } from "./figures.ts";
export type { StudyCurve, StudyFigureData, StudyPoint, StudyReport, StudyTrial } from "./study-report.ts";
export { failureLines, studyCircumstances, studyTable } from "./study-words.ts";
export { betterOf, isTime } from "./front.ts";
export type { ComparedCurve, ComparedPoint, Comparison, Verdict } from "./compare.ts";
export { comparisonHeadline, comparisonNotes, comparisonTable, ratioWords } from "./compare-words.ts";
export { shortNumber } from "./metric-axes.ts";
export { valueWords } from "./parameter-words.ts";
export { escapeMarkup } from "./markup.ts";
