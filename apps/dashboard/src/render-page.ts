import {
  type Figure,
  type Phase,
  type Report,
  circumstances,
  headline,
  phaseTitle,
  phasesOf,
} from "@attention-lab/results/browser";
import { themedSvg } from "./colors.ts";
import { Markup, html } from "./html.ts";
import { pageScriptText } from "./page-script.ts";
import { pageState } from "./page-state.ts";
import { style } from "./style.ts";
import { type Support, supportTable } from "./support-table.ts";
import { trialsTable } from "./trials-table.ts";
import { variantsTable } from "./variants-table.ts";

export interface PageOptions {
  /** Pictures as `drawFigures` of results makes them; shown in the order given. */
  readonly figures?: readonly Figure[];
  /** The support table of the catalog; left out, the page has no section for it. */
  readonly support?: Support;
}

/** Nothing may be requested, from anywhere: the browser itself enforces it. */
const policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";

/** A report as one self-contained HTML document: it can be opened from a disk, mailed, or printed. */
export function renderPage(report: Report, { figures = [], support }: PageOptions = {}): string {
  const { experiment, progress, curves } = report;
  const phases = phasesOf(report);
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <title>${experiment.name}: Attention Lab</title>
        <link rel="icon" href="data:," />
        <style>
          ${new Markup(style)}
        </style>
      </head>
      <body>
        <main>
          <header>
            <p class="eyebrow">Attention Lab, experiment ${experiment.name}</p>
            ${phases.length === 0 && html`<h1>${experiment.question}</h1>`}
            ${phases.map((phase) => html`<h1 data-phase="${phase}">${headline(report, phase)}</h1>`)}
            ${phases.length > 0 && html`<p>${experiment.question}</p>`} ${pageState(report)}
            ${phases.length > 1 && phaseSwitch(phases)}
          </header>
          ${phases.map((phase) => phaseSection(report, phase, figures))} ${supportTable(support)} ${skippedList(report)}
          ${curves.length > 0 && trialsTable(report)}
          <footer class="small">
            ${circumstances(report).map((line) => html`<p>${line}</p>`)}
            <p>${progress.finished} of ${progress.planned} trials finished.</p>
          </footer>
        </main>
        <script>
          ${new Markup(pageScriptText())};
        </script>
      </body>
    </html> `;
  return page.text;
}

function phaseSwitch(phases: readonly Phase[]): Markup {
  const buttons = phases.map((phase) => html`<button type="button" data-show="${phase}">${phaseTitle(phase)}</button>`);
  return html`<fieldset class="switch">
    <legend>Measured:</legend>
    ${buttons}
  </fieldset>`;
}

function phaseSection(report: Report, phase: Phase, figures: readonly Figure[]): Markup {
  const shown = figures.filter((figure) => figure.phase === phase);
  return html`<section data-phase="${phase}">
    ${shown.map(({ svg }) => html`<figure><div class="scroll" tabindex="0" role="region" aria-label="Picture">${new Markup(themedSvg(svg))}</div></figure>`)}
    <h2>Variants, ${phaseTitle(phase).toLowerCase()}</h2>
    ${variantsTable(report, phase)}
  </section>`;
}

function skippedList({ skipped }: Report): Markup | undefined {
  if (skipped.length === 0) return undefined;
  const items = skipped.map(({ config, because }) => html`<li><code>${words(config)}</code> ${because}</li>`);
  return html`<section>
    <h2>Skipped by the plan</h2>
    <ul>
      ${items}
    </ul>
  </section>`;
}

function words(config: Readonly<Record<string, unknown>>): string {
  return Object.entries(config)
    .map(([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(" ");
}
