import { type StudyReport, studyCircumstances, studyTable } from "@attention-lab/results/browser";
import { figureList, skippedList } from "./figure-section.ts";
import { type Markup, html } from "./html.ts";
import { type Overlay, overlaySection } from "./overlay-section.ts";
import { keyWords, pageFrame } from "./page-frame.ts";
import { studyState } from "./page-state.ts";
import { scrollTable, sortHead } from "./scroll-table.ts";
import { isNumeric, studyTrials } from "./study-trials.ts";
import { type Support, supportTable } from "./support-table.ts";
import { trialsSection } from "./trials-section.ts";
import type { TrialDetail } from "./trials.ts";
import { withInterval } from "./variants-table.ts";

export interface StudyPageOptions {
  readonly figures?: readonly { readonly name: string; readonly svg: string }[];
  /** What a trial opens to, by its id; null where the page's server is asked for it then. */
  readonly details?: (trial: string) => TrialDetail | null;
  /** The support rows of the variants that occur. */
  readonly support?: Support;
  readonly overlay?: Overlay;
  readonly live?: string;
}

/** A study as one self-contained HTML document. */
export function renderStudyPage(report: StudyReport, options: StudyPageOptions = {}): string {
  const { figures = [], details = () => null, support, overlay, live } = options;
  const { study, points } = report;
  return pageFrame({
    title: study.name,
    live,
    sections: [
      html`<header id="head">
        <p class="eyebrow">Attention Lab, study ${study.name} (${study.program.name})</p>
        <h1>${study.question}</h1>
        ${studyState(report, live !== undefined)}
      </header>`,
      figures.length > 0 && html`<section id="figures">${figureList(figures)}</section>`,
      overlay && overlaySection(overlay),
      pointsSection(report),
      supportTable(support),
      skippedList(study.skipped),
      points.length > 0 && trialsSection(studyTrials(report, details)),
      html`<footer id="foot" class="small">
        ${studyCircumstances(report).map((line) => html`<p>${line}</p>`)} ${keyWords()}
      </footer>`,
    ],
  });
}

/** The points of the space with their metrics over the seeds. */
function pointsSection(report: StudyReport): Markup | undefined {
  const { head, rows } = studyTable(report);
  if (rows.length === 0) return undefined;
  const isLeft = (column: number) => {
    const name = report.varied[column];
    return name !== undefined && !isNumeric(report.points.map(({ parameters }) => parameters[name]));
  };
  const body = rows.map(
    (cells) =>
      html`<tr>
        ${cells.map((text, i) => html`<td class="${isLeft(i) ? "left" : "right"}">${withInterval(text)}</td>`)}
      </tr>`,
  );
  const table = scrollTable({
    id: "points",
    label: "Table of points",
    head: html`<tr>
      ${head.map((title, i) => sortHead(title, isLeft(i) ? "left" : "right"))}
    </tr>`,
    body,
  });
  return html`<section id="points-section">
    <h2>Points of the space</h2>
    ${table}
  </section>`;
}
