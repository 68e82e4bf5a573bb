/// <reference lib="dom" />
import type { TrialSeries } from "../trials.ts";

/** A small picture of one trial's numbers, its ends labelled. Written into the page as text: nothing from outside its body may be used. */
export function smallPicture({ name, x, y, note, as }: TrialSeries): HTMLElement {
  const names = "http://www.w3.org/2000/svg";
  const [width, height, left, below] = [320, 132, 58, 20];
  const places = x ?? y.map((_, i) => i + 1);
  const span = (values: readonly number[]) => {
    const least = values.reduce((a, b) => Math.min(a, b), Infinity);
    const most = values.reduce((a, b) => Math.max(a, b), -Infinity);
    return { least, most, range: most - least || 1 };
  };
  const [across, up] = [span(places), span(y)];
  const points = y.map((value, i) => [
    left + 8 + ((width - left - 16) * ((places[i] ?? 0) - across.least)) / across.range,
    height - below - 8 - ((height - below - 18) * (value - up.least)) / up.range,
  ]);
  function draw(kind: string, attributes: Readonly<Record<string, string>>, text = ""): void {
    const made = document.createElementNS(names, kind);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.textContent = text;
    svg.append(made);
  }
  const short = (value: number) =>
    value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e5)
      ? value.toExponential(1).replace("e+", "e")
      : String(Number(value.toPrecision(3)));

  const svg = document.createElementNS(names, "svg");
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", `${name}: ${note}`);
  draw("path", { class: "axis", d: `M${left},4V${height - below}H${width - 4}` });
  draw("text", { x: `${left - 6}`, y: "14", "text-anchor": "end" }, short(up.most));
  draw("text", { x: `${left - 6}`, y: `${height - below - 6}`, "text-anchor": "end" }, short(up.least));
  draw("text", { x: `${left + 8}`, y: `${height - 5}`, "text-anchor": "middle" }, short(across.least));
  draw("text", { x: `${width - 8}`, y: `${height - 5}`, "text-anchor": "end" }, short(across.most));
  if (as === "line") {
    const line = points.map((point) => point.map((one) => one.toFixed(1)).join(",")).join(" ");
    draw("polyline", { class: "curve", points: line });
  } else
    for (const [cx = 0, cy = 0] of points)
      draw("circle", { class: "dot", cx: cx.toFixed(1), cy: cy.toFixed(1), r: "3.5" });
  const figure = document.createElement("figure");
  figure.className = "small-picture";
  const caption = document.createElement("figcaption");
  const title = document.createElement("strong");
  title.textContent = name;
  caption.append(title, ` ${note}`);
  figure.append(svg, caption);
  return figure;
}
