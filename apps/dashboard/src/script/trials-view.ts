/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import type { TrialRow, Trials } from "../trials.ts";
import type { ViewState } from "./view-state.ts";

/**
 * The table of trials: filtered, sorted, and only the rows in sight are in the document, so that ten thousand cost as much as
 * fifty. Written into the page as text: nothing from outside its body may be used but what it is given.
 */
export function trialsView(
  state: ViewState,
  openTrial: (trials: Trials, row: TrialRow | undefined) => void,
): { update(): void; step(by: number): void } {
  const ROW = 34;
  const SPARE = 12;
  let trials: Trials | undefined;
  let shown: TrialRow[] = [];
  let source = "";
  let drawn = "";

  const box = () => document.getElementById("trials-scroll");
  const fields = () => [...document.querySelectorAll<HTMLInputElement | HTMLSelectElement>("#trials [data-filter]")];

  /** A part of the text, one of the values, or "> 0.5" by the number behind the text. */
  function passes(row: TrialRow, column: number, wanted: string, isChoice: boolean): boolean {
    const [text = "", number] = row.cells[column] ?? [];
    const compared = /^([<>])=?\s*(\S+)$/.exec(wanted);
    const limit = Number(compared?.[2]);
    if (compared && number !== undefined && !Number.isNaN(limit)) {
      return compared[1] === "<" ? number <= limit : number >= limit;
    }
    return isChoice ? text.toLowerCase() === wanted : text.toLowerCase().includes(wanted);
  }

  function choose(): void {
    if (!trials) return;
    const wanted = fields().flatMap((field) => {
      const text = state.get(`trials.${field.name}`).trim().toLowerCase();
      return text === ""
        ? []
        : [{ column: Number(field.dataset["filter"]), text, isChoice: field.tagName === "SELECT" }];
    });
    shown = trials.rows.filter((row) =>
      wanted.every(({ column, text, isChoice }) => passes(row, column, text, isChoice)),
    );
    const sorted = /^(\d+)([+-])$/.exec(state.get("trials.sort"));
    const column = sorted ? Number(sorted[1]) : -1;
    const sign = sorted?.[2] === "-" ? -1 : 1;
    if (sorted)
      shown.sort((first, second) => {
        const [[a = "", x] = [], [b = "", y] = []] = [first.cells[column], second.cells[column]];
        if ((x === undefined) !== (y === undefined)) return x === undefined ? 1 : -1;
        return sign * (x !== undefined && y !== undefined ? x - y : a.localeCompare(b));
      });
    document.querySelectorAll("#trials thead tr:first-child th").forEach((head, i) => {
      if (i === column) head.setAttribute("aria-sort", sign < 0 ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    const count = document.getElementById("trials-count");
    if (count) count.textContent = `${shown.length} of ${trials.rows.length} shown`;
    drawn = "";
    draw();
  }

  function spacer(rows: number): HTMLElement {
    const row = document.createElement("tr");
    row.setAttribute("aria-hidden", "true");
    row.className = "spacer";
    row.style.height = `${rows * ROW}px`;
    return row;
  }

  function line(row: TrialRow, index: number): HTMLElement {
    const element = document.createElement("tr");
    element.setAttribute("aria-rowindex", String(index + 1));
    element.dataset["trial"] = row.id;
    if (state.get("trial") !== "" && row.id.startsWith(state.get("trial")))
      element.setAttribute("aria-selected", "true");
    row.cells.forEach(([text], i) => {
      const cell = document.createElement("td");
      cell.className = `${trials?.columns[i]?.align ?? "left"} ${i === trials?.toneColumn ? row.tone : ""}`;
      cell.title = text;
      const mark = i === 0 && row.mark !== null ? trials?.marks[row.mark] : undefined;
      if (mark) cell.append(markOf(mark));
      if (i === row.cells.length - 1) {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = text;
        cell.append(button);
      } else cell.append(text);
      element.append(cell);
    });
    return element;
  }

  function markOf({ color, path }: Trials["marks"][number]): Element {
    const names = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(names, "svg");
    svg.setAttribute("class", "mark");
    svg.setAttribute("viewBox", "-6 -6 12 12");
    svg.setAttribute("aria-hidden", "true");
    const shape = document.createElementNS(names, "path");
    shape.setAttribute("d", path);
    shape.setAttribute("fill", color);
    svg.append(shape);
    return svg;
  }

  /** Puts the rows in sight, and some more, into the table. */
  function draw(): void {
    const scroll = box();
    const body = document.querySelector("#trials tbody");
    if (!scroll || !body) return;
    const first = Math.max(0, Math.floor((scroll.scrollTop || 0) / ROW) - SPARE);
    const last = Math.min(shown.length, first + Math.ceil((scroll.clientHeight || 600) / ROW) + 2 * SPARE);
    if (drawn === `${first} ${last}`) return;
    drawn = `${first} ${last}`;
    const focused = (document.activeElement?.closest?.("tr") as HTMLElement | null)?.dataset["trial"];
    const rows = shown.slice(first, last).map((row, i) => line(row, first + i));
    body.replaceChildren(spacer(first), ...rows, spacer(shown.length - last));
    if (focused)
      rows
        .find((row) => row.dataset["trial"] === focused)
        ?.querySelector("button")
        ?.focus();
    document.getElementById("trials")?.setAttribute("aria-rowcount", String(shown.length));
  }

  function open(id: string): void {
    state.set("trial", id.slice(0, 16));
    drawn = "";
    draw();
    if (trials)
      openTrial(
        trials,
        trials.rows.find((row) => id !== "" && row.id.startsWith(id)),
      );
  }

  document.addEventListener("scroll", (event) => (event.target === box() ? draw() : undefined), true);
  document.addEventListener("input", (event) => {
    const field = event.target as HTMLInputElement;
    if (!field.closest?.("#trials")) return;
    state.set(`trials.${field.name}`, field.value.trim());
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
    } else if (row) open(row.dataset["trial"] ?? "");
    else if (target.closest?.("#trial-close")) open("");
  });

  return {
    /** Reads the data and the state again. */
    update() {
      const text = document.getElementById("trials-data")?.textContent ?? "";
      if (text === "") return;
      if (text !== source) trials = JSON.parse(text) as Trials;
      source = text;
      for (const field of fields()) field.value = state.get(`trials.${field.name}`);
      choose();
      if (state.get("trial") !== "") open(state.get("trial"));
    },
    /** Moves the focus by rows, bringing the row into sight. */
    step(by) {
      const scroll = box();
      const now = (document.activeElement?.closest?.("tr") as HTMLElement | null)?.dataset["trial"];
      const place = shown.findIndex(({ id }) => id === now);
      const next = Math.max(0, Math.min(shown.length - 1, place < 0 ? 0 : place + by));
      const wanted = shown[next];
      if (!scroll || !wanted) return;
      const [top, bottom] = [next * ROW, (next + 3) * ROW - scroll.clientHeight + 2 * ROW];
      if (scroll.scrollTop > top) scroll.scrollTop = top;
      else if (scroll.scrollTop < bottom) scroll.scrollTop = bottom;
      draw();
      document.querySelector<HTMLElement>(`#trials tr[data-trial="${wanted.id}"] button`)?.focus();
    },
  };
}
