import { type Markup, html } from "./html.ts";

export interface TableParts {
  readonly id: string;
  /** What a screen reader calls it. */
  readonly label: string;
  readonly head: Markup;
  readonly body: readonly Markup[] | Markup;
  /** Column widths, where the table keeps them whatever its rows hold. */
  readonly columns?: Markup;
}

/** A table in a region of its own that scrolls, and that the keyboard reaches. */
export function scrollTable({ id, label, head, body, columns }: TableParts): Markup {
  return html`<div class="scroll" id="${id}-scroll" tabindex="0" role="region" aria-label="${label}">
    <table id="${id}">
      ${columns}
      <thead>
        ${head}
      </thead>
      <tbody>
        ${body}
      </tbody>
    </table>
  </div>`;
}

/** A head cell whose button sorts. */
export function sortHead(title: string, align: "left" | "right", meaning?: string): Markup {
  return html`<th scope="col" class="${align}" ${meaning === undefined ? "" : html` title="${meaning}"`}>
    <button type="button">${title}</button>
  </th>`;
}

/** A cell of figures; the number it sorts by is beside its text. */
export function figureCell(content: Markup | string, sort: number | null | undefined): Markup {
  return sort === null || sort === undefined
    ? html`<td class="right">${content}</td>`
    : html`<td class="right" data-sort="${sort}">${content}</td>`;
}
