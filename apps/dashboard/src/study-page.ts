import { type StudyReport, studyCircumstances, studyTable } from "@attention-lab/results/browser";
import { figureList, skippedList } from "./figure-section.ts";
import { type Markup, html } from "./html.ts";
import { type Overlay, overlaySection } from "./overlay-section.ts";
import { keyWords, pageFrame } from "./page-frame.ts";
import { scrollTable, sortHead } from "./scroll-table.ts";
import { studyTrials } from "./study-trials.ts";
import { trialsSection } from "./trials-section.ts";
import type { TrialSeries } from "./trials.ts";
import { withInterval } from "./variants-table.ts";

export interface StudyPageOptions {
  readonly figures?: readonly { readonly name: string; readonly svg: string }[];
  /** What a trial reported along its way, by its id: drawn where the trial is opened. */
  readonly curves?: (trial: string) => readonly TrialSeries[];
  readonly overlay?: Overlay;
  readonly live?: string;
}

/** A study as one self-contained HTML document. */
export function renderStudyPage(report: StudyReport, options: StudyPageOptions = {}): string {
  const { figures = [], curves = () => [], overlay, live } = options;
  const { study, points } = report;
  return pageFrame({
    title: study.name,
    live,
    sections: [
      html`<header id="head">
        <p class="eyebrow">Attention Lab, study ${study.name} (${study.program.name})</p>
        <h1>${study.question}</h1>
        ${studyState(report)}
      </header>`,
      figures.length > 0 && html`<section id="figures">${figureList(figures)}</section>`,
      overlay && overlaySection(overlay),
      pointsSection(report),
      skippedList(study.skipped),
      points.length > 0 && trialsSection(studyTrials(report, curves)),
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
  const isLeft = (column: number) => column < report.varied.length;
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

/** Empty, running or with failures: what a reader must know before the figures. */
function studyState({ progress: { planned, done, failed, begun, waiting } }: StudyReport): Markup | undefined {
  const lost =
    failed > 0 &&
    html`<div class="state failed" role="status">
      <p>
        <strong>${failed} of ${planned} trials failed.</strong> The table of trials says why; a trial opens to the end
        of its log.
      </p>
    </div>`;
  const running =
    begun + waiting > 0 &&
    html`<div class="state" role="status">
      <p>
        <strong>Not finished: ${done} of ${planned} trials are.</strong> ${begun} are running, ${waiting} wait. Figures
        and intervals may still change.
      </p>
      <progress max="${planned}" value="${done + failed}" aria-label="Finished trials"></progress>
    </div>`;
  return html`${running}${lost}`;
}
