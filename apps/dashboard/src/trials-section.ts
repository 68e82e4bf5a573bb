import { Markup, html } from "./html.ts";
import { scrollTable, sortHead } from "./scroll-table.ts";
import type { TrialColumn, Trials } from "./trials.ts";

/** Rows that a page without its script shows. */
const PLAIN_ROWS = 100;

/** Every trial, with a filter per column and one for all; each opens to its configuration, its repeats and its log. */
export function trialsSection(trials: Trials): Markup {
  const { columns, rows } = trials;
  const head = html`<tr>
      ${columns.map(({ name, align }) => sortHead(name, align))}
    </tr>
    <tr class="filters">
      ${columns.map((column, i) => filterCell(trials, column, i))}
    </tr>`;
  const body = rows.slice(0, PLAIN_ROWS).map(
    ({ cells }) =>
      html`<tr>
        ${cells.map(([text], i) => html`<td class="${columns[i]?.align ?? "left"}">${text}</td>`)}
      </tr>`,
  );
  const table = scrollTable({ id: "trials", label: "Table of trials", head, body, columns: widths(trials) });
  return html`<section id="trials-section" class="trials">
    <h2>Trials</h2>
    <div class="find">
      <input
        id="trials-find"
        type="search"
        aria-label="Find trials"
        placeholder="${example(trials)}"
        spellcheck="false"
      />
      <span class="small" id="trials-count" role="status">
        ${rows.length} trials${rows.length > PLAIN_ROWS && `, the first ${PLAIN_ROWS} of them here`}
      </span>
    </div>
    ${table}
    <div id="trial-detail" tabindex="-1" role="region" aria-label="One trial" hidden></div>
    <script type="application/json" id="trials-data">
      ${new Markup(inertJson(trials))}
    </script>
  </section>`;
}

/** What can be typed, in words of this very table. */
function example({ columns, rows }: Trials): string {
  const wordAt = columns.findIndex((_, i) => rows[0]?.cells[i]?.[1] === undefined);
  const numberAt = columns.findIndex((_, i) => rows[0]?.cells[i]?.[1] !== undefined);
  const terms = [
    [columns[wordAt]?.name, ":", rows[0]?.cells[wordAt]?.[0]],
    [columns[numberAt]?.name, ">", rows[0]?.cells[numberAt]?.[1]],
  ] as const;
  return terms
    .flatMap(([name, sign, value]) =>
      name === undefined || value === undefined ? [] : [`${name.replaceAll(" ", "")}${sign}${quoted(String(value))}`],
    )
    .join(" ");
}

function quoted(text: string): string {
  return /\s/.test(text) ? `"${text}"` : text;
}

/** JSON that cannot end the element it stands in. */
function inertJson(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}

function filterCell({ rows }: Trials, { name, filter }: TrialColumn, column: number): Markup {
  if (filter === "contains")
    return html`<th>
      <input name="${name}" data-filter="${column}" aria-label="Filter by ${name}" placeholder="filter" />
    </th>`;
  const values = [...new Set(rows.map(({ cells }) => cells[column]?.[0] ?? ""))];
  return html`<th>
    <select name="${name}" data-filter="${column}" aria-label="Filter by ${name}">
      <option value="">all</option>
      ${values.map((value) => html`<option>${value}</option>`)}
    </select>
  </th>`;
}

/** Columns keep their width while rows come and go; long texts end in dots. The first has a mark before its text. */
function widths({ columns, rows, marks }: Trials): Markup {
  const characters = columns.map(({ name }, i) => {
    const longest = Math.max(...lengthsOf(rows.map(({ cells }) => cells[i]?.[0] ?? "")), 0);
    return Math.min(40, Math.max(name.length + 2, 7, longest) + (i === 0 && marks.length > 0 ? 4 : 0));
  });
  return html`<colgroup>
    ${characters.map((count) => html`<col style="width:${count + 2}ch" />`)}
  </colgroup>`;
}

/** Different lengths only: spreading ten thousand arguments would overflow the stack. */
function lengthsOf(texts: readonly string[]): number[] {
  return [...new Set(texts.map(({ length }) => length))];
}
