/// <reference lib="dom" />
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import type { Axis } from "./axes.ts";
import { ink } from "./palette.ts";

/** What is around the marks of a picture. */
export interface Frame {
  /** The answer, in words made from the data. */
  readonly title: string;
  /** Small lines underneath. */
  readonly caption: readonly string[];
  readonly x: Axis & { readonly label: string };
  readonly y: Axis & { readonly label: string };
  /** Names at the right ends of the lines: room is left for the longest. */
  readonly endLabels: readonly string[];
}

/** The drawing area in pixels; places on it follow from the axes, for whatever must not overlap. */
export interface Area {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const WIDTH = 900;
const AREA_HEIGHT = 430;
const TITLE = { size: 16, line: 22, characters: 80 };
/** Pixels of a character of DejaVu Sans at the labels' size, on average. */
const END_LABEL_CHARACTER = 7.7;
const CAPTION = { size: 10.5, line: 15 };

/** Where the marks will go. The title takes as many lines as it needs. */
export function areaOf({ title, caption, endLabels }: Frame): Area {
  const top = 30 + wrap(title, TITLE.characters).length * TITLE.line + 12;
  const bottom = 58 + caption.length * CAPTION.line + 8;
  const right = 40 + END_LABEL_CHARACTER * Math.max(10, ...endLabels.map(({ length }) => length));
  return { width: WIDTH, height: top + AREA_HEIGHT + bottom, left: 74, right, top, bottom };
}

/** Pixel rows of an area, for a value on an axis; and back. */
export function rowsOf({ domain: [low, high], scale }: Axis, { height, top, bottom }: Area) {
  const rows = height - top - bottom;
  if (scale === "linear") {
    return {
      at: (value: number) => height - bottom - (rows * (value - low)) / (high - low),
      valueAt: (row: number) => low + ((high - low) * (height - bottom - row)) / rows,
    };
  }
  return {
    at: (value: number) => height - bottom - (rows * Math.log(value / low)) / Math.log(high / low),
    valueAt: (row: number) => low * (high / low) ** ((height - bottom - row) / rows),
  };
}

/** The pixel column of a value on an axis. */
export function columnsOf({ domain: [low, high], scale }: Axis, { width, left, right }: Area) {
  const columns = width - left - right;
  return (value: number) =>
    left + columns * (scale === "linear" ? (value - low) / (high - low) : Math.log(value / low) / Math.log(high / low));
}

/** Draws marks in a frame, as SVG text; needs no browser and no global document. */
export function draw(frame: Frame, marks: readonly Plot.Markish[]): string {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const area = areaOf(frame);
  const svg = Plot.plot({
    document: document as unknown as Document,
    width: area.width,
    height: area.height,
    marginLeft: area.left,
    marginRight: area.right,
    marginTop: area.top,
    marginBottom: area.bottom,
    style: { fontFamily: "DejaVu Sans, Verdana, sans-serif", fontSize: "12px", color: ink.text, background: ink.paper },
    x: { type: frame.x.scale ?? "log", axis: null, domain: [...frame.x.domain] },
    y: { type: frame.y.scale ?? "log", axis: null, domain: [...frame.y.domain] },
    symbol: { type: "identity" } as Plot.ScaleOptions,
    marks: [
      Plot.gridX([...frame.x.ticks], { stroke: ink.grid, strokeOpacity: 1 }),
      Plot.gridY([...frame.y.ticks], { stroke: ink.grid, strokeOpacity: 1 }),
      tickLabels("x", frame.x),
      tickLabels("y", frame.y),
      ...marks,
    ],
  });
  letter(document as unknown as Document, svg, frame, area);
  escapeAttributes(svg);
  return svg.outerHTML;
}

/** The document writes attributes as HTML does; a picture is XML, where "&" and "<" may not stand in them. */
function escapeAttributes(svg: Element): void {
  for (const element of [svg, ...svg.querySelectorAll("*")])
    for (const name of element.getAttributeNames()) {
      const value = element.getAttribute(name) ?? "";
      if (/[&<]/.test(value)) element.setAttribute(name, value.replaceAll("&", "&amp;").replaceAll("<", "&lt;"));
    }
}

/** Plot's own axes leave out the labels that are not round in the axis's base, whatever ticks they are given. */
function tickLabels(side: "x" | "y", { ticks, format }: Axis): Plot.Markish {
  const place =
    side === "x"
      ? ({ x: (tick: number) => tick, frameAnchor: "bottom", dy: 18 } as const)
      : ({ y: (tick: number) => tick, frameAnchor: "left", dx: -8, textAnchor: "end" } as const);
  return Plot.text(ticks, { ...place, text: format, fill: ink.text, fontSize: 12 });
}

/** Title, axis labels and caption: text that belongs to the whole and not to a scale. */
function letter(document: Document, svg: Element, frame: Frame, area: Area): void {
  for (const style of svg.querySelectorAll("style")) style.remove();
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", frame.title);
  const write = (text: string, x: number, y: number, size: number, more: Record<string, string> = {}) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", "text");
    const attributes = {
      x: `${x}`,
      y: `${y}`,
      "font-size": `${size}`,
      fill: ink.text,
      "text-anchor": "start",
      ...more,
    };
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.textContent = text;
    svg.append(element);
  };
  const lines = wrap(frame.title, TITLE.characters);
  lines.forEach((line, i) => write(line, 16, 30 + i * TITLE.line, TITLE.size, { "font-weight": "bold" }));
  write(frame.y.label, 16, area.top - 10, 12, { fill: ink.quiet });
  const axis = area.height - area.bottom;
  write(frame.x.label, (area.left + area.width - area.right) / 2, axis + 38, 12, {
    fill: ink.quiet,
    "text-anchor": "middle",
  });
  frame.caption.forEach((line, i) => write(line, 16, axis + 62 + i * CAPTION.line, CAPTION.size, { fill: ink.quiet }));
}

/** Breaks text at spaces into lines of at most so many characters. */
export function wrap(text: string, characters: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= characters) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
