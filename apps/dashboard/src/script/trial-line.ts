/// <reference lib="dom" />
import type { TrialRow, Trials } from "../trials.ts";

/** One row of the table of trials. Written into the page as text: nothing from outside its body may be used. */
export function trialLine(trials: Trials, row: TrialRow, index: number, isOpen: boolean): HTMLElement {
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

  const line = document.createElement("tr");
  line.setAttribute("aria-rowindex", String(index + 1));
  line.dataset["trial"] = row.id;
  if (isOpen) line.setAttribute("aria-selected", "true");
  row.cells.forEach(([text], i) => {
    const cell = document.createElement("td");
    cell.className = `${trials.columns[i]?.align ?? "left"} ${i === trials.toneColumn ? row.tone : ""}`;
    cell.title = text;
    const mark = i === 0 && row.mark !== null ? trials.marks[row.mark] : undefined;
    if (mark) cell.append(markOf(mark));
    if (i === row.cells.length - 1) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = text;
      cell.append(button);
    } else cell.append(text);
    line.append(cell);
  });
  return line;
}
