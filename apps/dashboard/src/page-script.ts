/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/**
 * What the page does by itself: shows one phase at a time, sorts and filters tables, and keeps all of it in the address
 * (after "#", which files opened from a disk have too). The function is written into the page as text, so it may use nothing
 * from outside its own body. Without it the page shows everything.
 */
export function pageScript(): void {
  const state = new URLSearchParams(location.hash.slice(1));

  function remember(key: string, value: string): void {
    if (value === "") state.delete(key);
    else state.set(key, value);
    history.replaceState(null, "", `#${state.toString()}`);
  }

  function showPhase(phase: string): void {
    for (const part of document.querySelectorAll<HTMLElement>("[data-phase]"))
      part.hidden = part.dataset["phase"] !== phase;
    for (const button of document.querySelectorAll<HTMLElement>("[data-show]"))
      button.setAttribute("aria-pressed", String(button.dataset["show"] === phase));
  }

  function rowsOf(table: HTMLTableElement): HTMLElement[] {
    return [...table.querySelectorAll<HTMLElement>("tbody > tr")];
  }

  function textOf(row: HTMLElement, column: number): string {
    return (row.children[column]?.textContent ?? "").trim();
  }

  function valueOf(row: HTMLElement, column: number): number | string {
    const number = row.children[column]?.getAttribute("data-sort") ?? null;
    return number === null ? textOf(row, column) : Number(number);
  }

  /** Rising or falling; cells without a number stay last either way. */
  function sortRows(table: HTMLTableElement, column: number, falling: boolean): void {
    const isNumeric = table.querySelector(`tbody td:nth-child(${column + 1})[data-sort]`) !== null;
    const rows = rowsOf(table).sort((first, second) => {
      const [a, b] = [valueOf(first, column), valueOf(second, column)];
      if (isNumeric && typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
      const order = typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
      return falling ? -order : order;
    });
    table.querySelector("tbody")?.append(...rows);
    table.querySelectorAll("thead tr:first-child th").forEach((head, i) => {
      if (i === column) head.setAttribute("aria-sort", falling ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
  }

  function filterRows(table: HTMLTableElement): void {
    const fields = [...table.querySelectorAll<HTMLInputElement | HTMLSelectElement>("[data-filter]")];
    const wanted = fields.map((field) => ({
      column: Number(field.dataset["filter"]),
      field,
      text: field.value.trim().toLowerCase(),
    }));
    const rows = rowsOf(table);
    for (const row of rows)
      row.hidden = !wanted.every(({ column, field, text }) => {
        const content = textOf(row, column).toLowerCase();
        return text === "" || (field.tagName === "SELECT" ? content === text : content.includes(text));
      });
    const count = document.getElementById(`${table.id}-count`);
    if (count) count.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length} shown`;
  }

  const phases = [...document.querySelectorAll<HTMLElement>("[data-show]")];
  for (const button of phases)
    button.addEventListener("click", () => {
      showPhase(button.dataset["show"] ?? "");
      remember("phase", button.dataset["show"] ?? "");
    });
  const chosen = phases.find((button) => button.dataset["show"] === state.get("phase")) ?? phases[0];
  if (chosen) showPhase(chosen.dataset["show"] ?? "");

  for (const table of document.querySelectorAll<HTMLTableElement>("table[id]")) {
    table.querySelectorAll("thead tr:first-child th").forEach((head, column) => {
      head.querySelector("button")?.addEventListener("click", () => {
        const falling = head.getAttribute("aria-sort") === "ascending";
        sortRows(table, column, falling);
        remember(`${table.id}.sort`, `${column}${falling ? "-" : "+"}`);
      });
    });
    const sorted = /^(\d+)([+-])$/.exec(state.get(`${table.id}.sort`) ?? "");
    if (sorted) sortRows(table, Number(sorted[1]), sorted[2] === "-");
    for (const field of table.querySelectorAll<HTMLInputElement | HTMLSelectElement>("[data-filter]")) {
      const key = `${table.id}.${field.name}`;
      field.value = state.get(key) ?? "";
      field.addEventListener("input", () => {
        filterRows(table);
        remember(key, field.value.trim());
      });
    }
    filterRows(table);
  }
}

/** The script as text. Compilers that keep function names call a helper `__name`, which a page has not. */
export function pageScriptText(): string {
  return `(() => { const __name = (value) => value; (${pageScript.toString()})(); })();`;
}
