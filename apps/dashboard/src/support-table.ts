import { type Markup, html } from "./html.ts";
import { scrollTable } from "./scroll-table.ts";

/** For each variant, what it can honour: true, or the sentence that says why not. */
export type Support = Readonly<Record<string, Readonly<Record<string, true | string>>>>;

/** A mark per variant and feature; a refusal opens to its sentence. */
export function supportTable(support: Support | undefined): Markup | undefined {
  const variants = Object.entries(support ?? {});
  const features = [...new Set(variants.flatMap(([, one]) => Object.keys(one)))];
  if (features.length === 0) return undefined;
  const rows = variants.map(
    ([name, one]) =>
      html`<tr>
        <th scope="row">${name}</th>
        ${features.map((feature) => html`<td>${supportMark(one[feature])}</td>`)}
      </tr>`,
  );
  const table = scrollTable({
    id: "support",
    label: "Table of supported features",
    head: html`<tr>
      <th scope="col">variant</th>
      ${features.map((feature) => html`<th scope="col">${feature}</th>`)}
    </tr>`,
    body: rows,
  });
  return html`<section id="support-section">
    <h2>What each variant honours</h2>
    ${table}
  </section>`;
}

function supportMark(value: true | string | undefined): Markup {
  if (value === true) return html`<span class="yes">✓ yes</span>`;
  if (value === undefined) return html`-`;
  return html`<details>
    <summary class="no">✗ no</summary>
    <p>${value}</p>
  </details>`;
}
