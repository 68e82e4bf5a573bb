import { type Comparison, comparisonHeadline, comparisonNotes, comparisonTable } from "@attention-lab/results/browser";
import { figureList } from "./figure-section.ts";
import { type Markup, html } from "./html.ts";
import { scrollTable, sortHead } from "./scroll-table.ts";
import { withInterval } from "./variants-table.ts";

/** A second folder beside the first: pictures of both, and a verdict per curve. */
export interface Overlay {
  readonly comparison: Comparison;
  /** Where the two lie, for names may be equal. */
  readonly folders?: readonly [a: string, b: string];
  readonly figures: readonly { readonly svg: string; readonly phase?: string }[];
}

export function overlaySection({ comparison, folders, figures }: Overlay): Markup {
  const { head, rows } = comparisonTable(comparison);
  const [a, b] = comparison.names.map((name, i) => (folders ? `${name} (${folders[i]})` : name));
  const body = rows.map((cells) => {
    const verdict = cells.at(-1) ?? "";
    const tone = verdict === "worse" ? "no" : verdict === "better" ? "yes" : "";
    return html`<tr>
      ${cells.slice(0, -1).map((text, i) => html`<td class="${i > 1 ? "right" : "left"}">${withInterval(text)}</td>`)}
      <td class="${tone}">${verdict}</td>
    </tr>`;
  });
  const table = scrollTable({
    id: "compared",
    label: "Table of comparisons",
    head: html`<tr>
      ${head.map((title, i) => sortHead(title, i > 1 && i < 4 ? "right" : "left"))}
    </tr>`,
    body,
  });
  return html`<section id="overlay">
    <h2>Beside another folder</h2>
    <p>A: ${a}. B: ${b}. ${comparisonHeadline(comparison)}.</p>
    ${figures.map((figure) => html`<div${figure.phase === undefined ? "" : html` data-phase="${figure.phase}"`}>${figureList([figure])}</div>`)}
    ${table} ${comparisonNotes(comparison).map((line) => html`<p class="small">${line}</p>`)}
  </section>`;
}
