import { type AttentionMap, type AttentionPicture, attentionHeadline, largestWeight } from "./attention-map.ts";
import { columnLabels, HATCH, labelRoom, panel, rowLabels, weightInk, words } from "./attention-panel.ts";
import { wrap } from "./figure.ts";
import { threeDigits } from "./format.ts";
import { element } from "./markup.ts";
import { ink } from "./palette.ts";

const EDGE = 16;
const GAP = 22;
const TITLE = { size: 17, line: 23, width: 10.4 } as const;
const CAPTION = { size: 11, line: 15, width: 6.4 } as const;
const CELL = { largest: 26, smallest: 5, panel: 250, narrowest: 64 } as const;

/** Heads in a grid, a row for each layer: rows of a map are queries, columns keys. SVG text that needs nothing from outside. */
export function attentionSvg(picture: AttentionPicture): string {
  const layers = byPlace(picture.maps);
  const longest = Math.max(1, ...picture.maps.flatMap(({ queries, keys }) => [queries.length, keys.length]));
  const shape = { cell: cellFor(longest), largest: largestWeight(picture.maps) };
  const left = EDGE + Math.max(0, ...picture.maps.map(({ queries }) => labelRoom(queries)));
  const step = Math.max(CELL.narrowest, ...picture.maps.map(({ keys }) => keys.length * shape.cell)) + GAP;
  const heads = Math.max(1, ...layers.map(({ length }) => length));
  const width = Math.max(560, left + heads * step - GAP + EDGE);
  const title = wrap(attentionHeadline(picture), Math.floor((width - 2 * EDGE) / TITLE.width));
  const marks: string[] = title.map((line, i) =>
    words(line, { x: EDGE, y: 30 + i * TITLE.line, "font-size": TITLE.size, "font-weight": "bold" }),
  );
  let top = 30 + title.length * TITLE.line;
  marks.push(words("rows: queries, columns: keys", { x: EDGE, y: top - 4, "font-size": 12, fill: ink.quiet }));
  top += 20;
  for (const maps of layers) {
    marks.push(words(maps[0]?.place ?? "", { x: EDGE, y: top, "font-size": 13, "font-weight": "bold" }));
    top += 22;
    marks.push(
      ...maps.map((map, i) =>
        at(
          left + i * step,
          top,
          panel(map, shape),
          i === 0 ? rowLabels(map, shape.cell) : "",
          columnLabels(map, shape.cell),
        ),
      ),
    );
    top += Math.max(...maps.map(({ queries, keys }) => queries.length * shape.cell + labelRoom(keys))) + GAP;
  }
  marks.push(at(EDGE, top, legend(picture.maps, shape.largest)));
  top += 46;
  const caption = picture.caption.flatMap((line) => wrap(line, Math.floor((width - 2 * EDGE) / CAPTION.width)));
  marks.push(
    ...caption.map((line, i) =>
      words(line, { x: EDGE, y: top + i * CAPTION.line, "font-size": CAPTION.size, fill: ink.quiet }),
    ),
  );
  const height = top + caption.length * CAPTION.line + EDGE / 2;
  return sheet(width, height, attentionHeadline(picture), marks);
}

/** Maps of one layer after the other, in the order in which they come. */
export function byPlace(maps: readonly AttentionMap[]): AttentionMap[][] {
  const places = [...new Set(maps.map(({ place }) => place))];
  return places.map((place) => maps.filter((map) => map.place === place));
}

/** Side of a cell: so that a panel has about the same size whatever the text's length. */
export function cellFor(longest: number): number {
  return Math.min(CELL.largest, Math.max(CELL.smallest, Math.floor(CELL.panel / longest)));
}

/** The diagonal lines that stand for what a query cannot see. */
export function hatch(): string {
  const stroke = { d: "M0 5L5 0", stroke: ink.guide, "stroke-width": 0.8 };
  const pattern = { id: HATCH, width: 5, height: 5, patternUnits: "userSpaceOnUse" };
  return element("defs", {}, element("pattern", pattern, element("path", stroke)));
}

/** The colour scale from zero, and the hatching. */
function legend(maps: readonly AttentionMap[], largest: number): string {
  const [steps, side] = [24, 7];
  const anyOf = (is: (weight: number | null) => boolean) =>
    maps.some(({ weights }) => weights.some((row) => row.some(is)));
  const hasNegative = anyOf((weight) => weight !== null && weight < 0);
  const hasHidden = anyOf((weight) => weight === null);
  const bar = (fill: string, y: number) =>
    Array.from({ length: steps }, (_, i) =>
      element("rect", {
        x: 14 + i * side,
        y,
        width: side,
        height: 10,
        fill,
        "fill-opacity": (i / (steps - 1)).toFixed(3),
      }),
    ).join("");
  const end = 14 + steps * side;
  const small = { "font-size": 11, fill: ink.quiet };
  return [
    words("0", { ...small, x: 0, y: 10 }),
    bar(weightInk.positive, 0),
    words(`${threeDigits(largest)} weight`, { ...small, x: end + 5, y: 10 }),
    ...(hasNegative
      ? [bar(weightInk.negative, 14), words(`-${threeDigits(largest)}`, { ...small, x: end + 5, y: 24 })]
      : []),
    ...(hasHidden
      ? [
          element("rect", { x: end + 110, y: 0, width: 20, height: 10, fill: `url(#${HATCH})`, stroke: ink.grid }),
          words("the query cannot see the key", { ...small, x: end + 136, y: 10 }),
        ]
      : []),
  ].join("");
}

function at(x: number, y: number, ...content: readonly string[]): string {
  return element("g", { transform: `translate(${x} ${y})` }, ...content);
}

function sheet(width: number, height: number, label: string, marks: readonly string[]): string {
  const attributes = {
    xmlns: "http://www.w3.org/2000/svg",
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
    role: "img",
    "aria-label": label,
    "font-family": "DejaVu Sans, Verdana, sans-serif",
  };
  const paper = element("rect", { width, height, fill: ink.paper });
  return element("svg", attributes, hatch(), paper, ...marks);
}
