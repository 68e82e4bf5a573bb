/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import type { ViewState } from "./view-state.ts";

/** Tables that are whole in the page and sort by their heads. Written into the page as text: nothing from outside its body may be used. */
export function sortedTables(state: ViewState): () => void {
  function valueOf(row: Element, column: number): number | string {
    const cell = row.children[column];
    const number = cell?.getAttribute("data-sort") ?? null;
    return number === null ? (cell?.textContent ?? "").trim() : Number(number);
  }

  /** Rising or falling; cells without a number stay last either way. */
  function sortRows(table: Element, column: number, falling: boolean): void {
    const isNumeric = table.querySelector(`tbody td:nth-child(${column + 1})[data-sort]`) !== null;
    const before = [...table.querySelectorAll("tbody > tr")];
    const rows = before.toSorted((first, second) => {
      const [a, b] = [valueOf(first, column), valueOf(second, column)];
      if (isNumeric && typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
      const order = typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
      return falling ? -order : order;
    });
    // A row that is moved loses the focus.
    if (rows.some((row, i) => row !== before[i])) table.querySelector("tbody")?.append(...rows);
    table.querySelectorAll("thead tr:first-child th").forEach((head, i) => {
      if (i === column) head.setAttribute("aria-sort", falling ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
  }

  document.addEventListener("click", (event) => {
    const head = (event.target as Element | null)?.closest?.("th");
    const table = head?.closest("table");
    if (!head?.querySelector("button") || !table || table.id === "trials") return;
    const column = [...(head.parentElement?.children ?? [])].indexOf(head);
    const falling = head.getAttribute("aria-sort") === "ascending";
    sortRows(table, column, falling);
    state.set(`${table.id}.sort`, `${column}${falling ? "-" : "+"}`);
  });

  /** Sorts every table as the state says. */
  return () => {
    for (const table of document.querySelectorAll("table[id]")) {
      const sorted = /^(\d+)([+-])$/.exec(state.get(`${table.id}.sort`));
      if (sorted && table.id !== "trials") sortRows(table, Number(sorted[1]), sorted[2] === "-");
    }
  };
}
