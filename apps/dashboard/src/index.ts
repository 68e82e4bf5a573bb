export { renderPage, type PageOptions } from "./render-page.ts";
export { renderStudyPage, type StudyPageOptions } from "./study-page.ts";
export type { Overlay } from "./overlay-section.ts";
export type { Support } from "./support-table.ts";
export type { TrialDetail, TrialSeries } from "./trials.ts";
