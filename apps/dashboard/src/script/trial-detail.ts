/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import type { TrialRow, TrialSeries, Trials } from "../trials.ts";

/** Shows one trial beneath the table: facts, curves, log. Written into the page as text: nothing from outside its body may be used. */
export function trialDetail(trials: Trials, row: TrialRow | undefined): void {
  const place = document.getElementById("trial-detail");
  if (!place) return;
  place.hidden = row === undefined;
  if (!row) {
    place.replaceChildren();
    return;
  }

  function element(name: string, text: string): HTMLElement {
    const made = document.createElement(name);
    made.textContent = text;
    return made;
  }

  /** A small picture without axes; what it spans is said beneath. */
  function picture({ name, x, y, note, as }: TrialSeries): HTMLElement {
    const names = "http://www.w3.org/2000/svg";
    const [width, height] = [320, 96];
    const places = x ?? y.map((_, i) => i);
    const span = (values: readonly number[]) => {
      const least = values.reduce((a, b) => Math.min(a, b), Infinity);
      return { least, range: values.reduce((a, b) => Math.max(a, b), -Infinity) - least || 1 };
    };
    const [across, up] = [span(places), span(y)];
    const points = y.map((value, i) => [
      8 + ((width - 16) * ((places[i] ?? 0) - across.least)) / across.range,
      height - 8 - ((height - 16) * (value - up.least)) / up.range,
    ]);
    const svg = document.createElementNS(names, "svg");
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", `${name}: ${note}`);
    if (as === "line") {
      const path = document.createElementNS(names, "polyline");
      path.setAttribute("points", points.map((point) => point.map((one) => one.toFixed(1)).join(",")).join(" "));
      path.setAttribute("class", "curve");
      svg.append(path);
    } else
      for (const [cx = 0, cy = 0] of points) {
        const dot = document.createElementNS(names, "circle");
        dot.setAttribute("cx", cx.toFixed(1));
        dot.setAttribute("cy", cy.toFixed(1));
        dot.setAttribute("r", "3.5");
        dot.setAttribute("class", "dot");
        svg.append(dot);
      }
    const figure = document.createElement("figure");
    figure.className = "small-picture";
    const caption = document.createElement("figcaption");
    caption.append(element("strong", name), ` ${note}`);
    figure.append(svg, caption);
    return figure;
  }

  const head = document.createElement("div");
  head.className = "detail-head";
  const close = element("button", "Close (Esc)");
  close.id = "trial-close";
  close.setAttribute("type", "button");
  head.append(
    element(
      "h3",
      row.cells
        .slice(0, -1)
        .map(([text]) => text)
        .filter((text) => text !== "-")
        .slice(0, 4)
        .join(", "),
    ),
    close,
  );
  const facts = document.createElement("dl");
  for (const [name, value] of [...row.facts, ...(trials.shared[row.shared] ?? [])]) {
    facts.append(element("dt", name), element("dd", value));
  }
  const pictures = document.createElement("div");
  pictures.className = "small-pictures";
  pictures.append(...row.series.map(picture));
  place.replaceChildren(head, facts, pictures);
  if (row.log.length > 0) place.append(element("h4", "The end of its log"), element("pre", row.log.join("\n")));
}
