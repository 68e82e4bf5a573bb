import {
  type Figure,
  type Phase,
  type Report,
  circumstances,
  curvesOf,
  headline,
  markStyles,
  phaseTitle,
  phasesOf,
} from "@attention-lab/results/browser";
import { costTrials } from "./cost-trials.ts";
import { figureList, skippedList } from "./figure-section.ts";
import { type Markup, html } from "./html.ts";
import { type Overlay, overlaySection } from "./overlay-section.ts";
import { keyWords, pageFrame } from "./page-frame.ts";
import { pageState } from "./page-state.ts";
import { type Support, supportTable } from "./support-table.ts";
import { trialsSection } from "./trials-section.ts";
import { mark, variantsTable } from "./variants-table.ts";

export interface PageOptions {
  /** Pictures as `drawFigures` of results makes them; shown in the order given. */
  readonly figures?: readonly Figure[];
  /** The support table of the catalog; left out, the page has no section for it. */
  readonly support?: Support;
  /** Another folder to be shown beside this one. */
  readonly overlay?: Overlay;
  /** The state of the folder, for a page that is served and follows it. */
  readonly live?: string;
}

/** A report as one self-contained HTML document: it can be opened from a disk, mailed, or printed. */
export function renderPage(report: Report, { figures = [], support, overlay, live }: PageOptions = {}): string {
  const { experiment, curves, skipped } = report;
  const phases = phasesOf(report);
  return pageFrame({
    title: experiment.name,
    live,
    sections: [
      head(report, phases, live !== undefined),
      ...phases.map((phase) => phaseSection(report, phase, figures)),
      overlay && overlaySection(overlay),
      supportTable(support),
      skippedList(skipped),
      curves.length > 0 && trialsSection(costTrials(report)),
      foot(report),
    ],
  });
}

function head(report: Report, phases: readonly Phase[], isLive: boolean): Markup {
  const { experiment } = report;
  return html`<header id="head">
    <p class="eyebrow">Attention Lab, experiment ${experiment.name}</p>
    ${phases.length === 0 && html`<h1>${experiment.question}</h1>`}
    ${phases.map((phase) => html`<h1 data-phase="${phase}">${headline(report, phase)}</h1>`)}
    ${phases.length > 0 && html`<p>${experiment.question}</p>`} ${pageState(report, isLive)}
    ${phases.length > 1 && phaseSwitch(phases)}
  </header>`;
}

function phaseSwitch(phases: readonly Phase[]): Markup {
  const buttons = phases.map((phase) => html`<button type="button" data-show="${phase}">${phaseTitle(phase)}</button>`);
  return html`<fieldset class="switch">
    <legend>Measured:</legend>
    ${buttons}
  </fieldset>`;
}

/** More would be longer than the picture. */
const MOST_NAMES = 24;

function phaseSection(report: Report, phase: Phase, figures: readonly Figure[]): Markup {
  const styles = markStyles(report);
  const names = curvesOf(report, phase)
    .slice(0, MOST_NAMES)
    .map(({ label }) => html`${mark(styles.get(label))}${label}`);
  return html`<section id="phase-${phase}" data-phase="${phase}">
    ${figureList(
      figures.filter((figure) => figure.phase === phase),
      names,
    )}
    <h2>Variants, ${phaseTitle(phase).toLowerCase()}</h2>
    ${variantsTable(report, phase)}
  </section>`;
}

function foot(report: Report): Markup {
  const { finished, planned } = report.progress;
  return html`<footer id="foot" class="small">
    ${circumstances(report).map((line) => html`<p>${line}</p>`)}
    <p>${finished} of ${planned} trials finished.</p>
    ${keyWords()}
  </footer>`;
}
