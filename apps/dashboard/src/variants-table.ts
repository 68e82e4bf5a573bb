import {
  type MarkStyle,
  type Phase,
  type Report,
  columns,
  markPath,
  markStyles,
  tableRows,
} from "@attention-lab/results/browser";
import { themed } from "./colors.ts";
import { type Markup, html } from "./html.ts";
import { figureCell, scrollTable, sortHead } from "./scroll-table.ts";

/** The mark that a variant has in the pictures. */
export function mark(style: MarkStyle | undefined): Markup | undefined {
  if (!style) return undefined;
  return html`<svg class="mark" viewBox="-6 -6 12 12" aria-hidden="true">
    <path fill="${themed(style.color)}" d="${markPath(style.shape)}" />
  </svg>`;
}

/** One row per variant of a phase: exponents, crossover, memory. Sortable by every column. */
export function variantsTable(report: Report, phase: Phase): Markup {
  const styles = markStyles(report);
  const heads = columns.map(({ title, meaning, align }) => sortHead(title, align, meaning));
  const rows = tableRows(report, phase).map(({ curve, cells }) => {
    const [, ...figures] = cells;
    const name = html`<th scope="row">${mark(styles.get(curve.label))}${curve.label}</th>`;
    return html`<tr>
      ${name}${figures.map(({ text, sort }) => figureCell(withInterval(text), sort))}
    </tr>`;
  });
  const meanings = columns.slice(1).map(
    ({ title, meaning }) =>
      html`<dt>${title}</dt>
        <dd>${meaning}</dd>`,
  );
  const table = scrollTable({
    id: `variants-${phase}`,
    label: "Table of variants",
    head: html`<tr>
      ${heads}
    </tr>`,
    body: rows,
  });
  return html`${table}
    <details class="small">
      <summary>What the columns say</summary>
      <dl>${meanings}</dl>
    </details>`;
}

/** Intervals are in grey behind their value. */
export function withInterval(text: string): Markup {
  const [, value = text, interval = ""] = /^(.*?)( \(.*\))$/.exec(text) ?? [];
  return html`${value}${interval !== "" && html`<span class="interval">${interval}</span>`}`;
}
