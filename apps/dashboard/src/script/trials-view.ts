/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import type { TrialRow, Trials } from "../trials.ts";
import type { trialDetail } from "./trial-detail.ts";
import type { trialFilter } from "./trial-filter.ts";
import type { trialLine } from "./trial-line.ts";
import type { ViewState } from "./view-state.ts";

interface TrialsParts {
  readonly filter: typeof trialFilter;
  readonly line: typeof trialLine;
  readonly detail: ReturnType<typeof trialDetail>;
}

/**
 * The table of trials: filtered, sorted, and only the rows in sight are in the document, so that ten thousand cost as much as
 * fifty. Written into the page as text: nothing from outside its body may be used but what it is given.
 */
export function trialsView(
  state: ViewState,
  { filter, line, detail }: TrialsParts,
): { update(): void; step(by: number): void } {
  const ROW = 34;
  const SPARE = 12;
  let trials: Trials | undefined;
  let shown: TrialRow[] = [];
  let source = "";
  let drawn = "";

  const box = () => document.getElementById("trials-scroll");
  const finder = () => document.querySelector<HTMLInputElement>("#trials-find");
  const fields = () => [...document.querySelectorAll<HTMLInputElement | HTMLSelectElement>("#trials [data-filter]")];
  const rowAtFocus = () => document.activeElement?.closest?.<HTMLElement>("#trials tr")?.dataset["trial"];

  function choose(): void {
    if (!trials) return;
    const wishes = fields().flatMap((field) => {
      const text = state.get(`trials.${field.name}`).trim().toLowerCase();
      const column = Number(field.dataset["filter"]);
      return text === "" ? [] : [{ column, text, isChoice: field.tagName === "SELECT" }];
    });
    const { passes, complaint } = filter(trials.columns, wishes, state.get("find"));
    shown = trials.rows.filter(passes);
    sort();
    const count = document.getElementById("trials-count");
    const told = `${shown.length} of ${trials.rows.length} shown${complaint === "" ? "" : `; ${complaint}`}`;
    if (count && count.textContent !== told) count.textContent = told;
    drawn = "";
    draw();
  }

  function sort(): void {
    const sorted = /^(\d+)([+-])$/.exec(state.get("trials.sort"));
    const column = sorted ? Number(sorted[1]) : -1;
    const sign = sorted?.[2] === "-" ? -1 : 1;
    const words = new Intl.Collator();
    if (sorted)
      shown.sort((first, second) => {
        const [[a = "", x] = [], [b = "", y] = []] = [first.cells[column], second.cells[column]];
        if ((x === undefined) !== (y === undefined)) return x === undefined ? 1 : -1;
        return sign * (x !== undefined && y !== undefined ? x - y : words.compare(a, b));
      });
    document.querySelectorAll("#trials thead tr:first-child th").forEach((head, i) => {
      if (i === column) head.setAttribute("aria-sort", sign < 0 ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
  }

  function spacer(rows: number): HTMLElement {
    const row = document.createElement("tr");
    row.setAttribute("aria-hidden", "true");
    row.className = "spacer";
    row.style.height = `${rows * ROW}px`;
    return row;
  }

  /** Puts the rows in sight, and some more, into the table. */
  function draw(): void {
    const [scroll, body, all] = [box(), document.querySelector("#trials tbody"), trials];
    if (!scroll || !body || !all) return;
    // By whole handfuls: rows are not made anew for every pixel.
    const top = Math.floor((scroll.scrollTop || 0) / ROW / SPARE) * SPARE;
    const first = Math.max(0, Math.min(top, shown.length - 1) - SPARE);
    const last = Math.min(shown.length, first + Math.ceil((scroll.clientHeight || 600) / ROW) + 3 * SPARE);
    if (drawn === `${first} ${last}`) return;
    drawn = `${first} ${last}`;
    const [focused, open] = [rowAtFocus(), state.get("trial")];
    const rows = shown
      .slice(first, last)
      .map((row, i) => line(all, row, first + i, open !== "" && row.id.startsWith(open)));
    body.replaceChildren(spacer(first), ...rows, spacer(shown.length - last));
    if (focused !== undefined)
      rows
        .find((row) => row.dataset["trial"] === focused)
        ?.querySelector("button")
        ?.focus({ preventScroll: true });
    document.getElementById("trials")?.setAttribute("aria-rowcount", String(shown.length));
  }

  /** Shows the trial that the address names, or none. */
  function showOpen(isNew: boolean): void {
    const id = state.get("trial");
    drawn = "";
    draw();
    if (trials) detail(trials, id === "" ? undefined : trials.rows.find((row) => row.id.startsWith(id)), isNew);
  }

  document.addEventListener("scroll", (event) => (event.target === box() ? draw() : undefined), true);
  document.addEventListener("input", (event) => {
    const field = event.target as HTMLInputElement;
    if (field === finder()) state.set("find", field.value.trim());
    else if (field.closest?.("#trials")) state.set(`trials.${field.name}`, field.value.trim());
    else return;
    const scroll = box();
    if (scroll) scroll.scrollTop = 0;
    choose();
  });
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    const head = target.closest?.("#trials thead tr:first-child th");
    const row = target.closest?.<HTMLElement>("#trials tbody tr[data-trial]");
    if (head) {
      const falling = head.getAttribute("aria-sort") === "ascending";
      state.set("trials.sort", `${[...(head.parentElement?.children ?? [])].indexOf(head)}${falling ? "-" : "+"}`);
      choose();
    } else if (row || target.closest?.("#trial-close")) {
      state.set("trial", (row?.dataset["trial"] ?? "").slice(0, 16), "step");
      showOpen(true);
    }
  });

  return {
    /** Reads the data and the state again. */
    update() {
      const text = document.getElementById("trials-data")?.textContent ?? "";
      if (text === "") return;
      if (text !== source) trials = JSON.parse(text) as Trials;
      source = text;
      const typed = document.activeElement;
      for (const field of fields()) if (field !== typed) field.value = state.get(`trials.${field.name}`);
      const find = finder();
      if (find && find !== typed) find.value = state.get("find");
      choose();
      showOpen(false);
    },
    /** Moves the focus by rows, bringing the row into sight. */
    step(by) {
      const scroll = box();
      const place = shown.findIndex(({ id }) => id === (rowAtFocus() ?? ""));
      const open = shown.findIndex(({ id }) => state.get("trial") !== "" && id.startsWith(state.get("trial")));
      const next = Math.max(0, Math.min(shown.length - 1, place >= 0 ? place + by : Math.max(open, 0)));
      const wanted = shown[next];
      if (!scroll || !wanted) return;
      const [top, bottom] = [next * ROW, (next + 3) * ROW - scroll.clientHeight + 2 * ROW];
      if (scroll.scrollTop > top) scroll.scrollTop = top;
      else if (scroll.scrollTop < bottom) scroll.scrollTop = bottom;
      draw();
      [...document.querySelectorAll<HTMLElement>("#trials tr[data-trial]")]
        .find((row) => row.dataset["trial"] === wanted.id)
        ?.querySelector("button")
        ?.focus();
    },
  };
}
