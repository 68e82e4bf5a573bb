import { cellFor, byPlace, hatch } from "./attention-figure.ts";
import {
  type AttentionMap,
  type AttentionPicture,
  attentionHeadline,
  largestWeight,
  visibleToken,
} from "./attention-map.ts";
import { columnLabels, labelRoom, panel, rowLabels, weightInk } from "./attention-panel.ts";
import { pageScript } from "./attention-page-script.ts";
import { threeDigits } from "./format.ts";
import { element, escapeMarkup } from "./markup.ts";
import { ink } from "./palette.ts";

/** Colours by role: the page exchanges the pictures' own for those of the dark. */
const dark: Readonly<Record<string, string>> = {
  [ink.text]: "#e8eaed",
  [ink.quiet]: "#a9adb3",
  [ink.grid]: "#3c4043",
  [ink.guide]: "#6b7075",
  [ink.paper]: "#17191c",
  [weightInk.positive]: "#6baed6",
  [weightInk.negative]: "#fd8d3c",
};

/**
 * The same maps as a page of its own, to be looked into: pointing at a cell, or walking to it with the arrow keys, names query, key and weight.
 * Self-contained: no request leaves it.
 */
export function attentionPage(picture: AttentionPicture): string {
  const { maps, caption } = picture;
  const longest = Math.max(1, ...maps.flatMap(({ queries, keys }) => [queries.length, keys.length]));
  const shape = { cell: cellFor(longest), largest: largestWeight(maps) };
  const title = attentionHeadline(picture);
  const sections = byPlace(maps).map((layer) =>
    element(
      "section",
      {},
      element("h2", {}, escapeMarkup(layer[0]?.place ?? "")),
      element("div", { class: "heads" }, ...layer.map((map) => figure(map, shape))),
    ),
  );
  const scale = `Colour goes from 0 to ${threeDigits(shape.largest)}; hatched: the query cannot see the key. Rows are queries, columns keys.`;
  const body = [
    element("h1", {}, escapeMarkup(title)),
    element("p", {}, scale),
    element("svg", { width: 0, height: 0, "aria-hidden": "true", style: "position:absolute" }, hatch()),
    ...sections,
    ...caption.map((line) => element("p", { class: "quiet" }, escapeMarkup(line))),
    element("output", { "aria-live": "polite" }, "Point at a cell, or press Tab and walk with the arrow keys."),
    element("script", {}, pageScript),
  ];
  const head = [
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    element("title", {}, escapeMarkup(title)),
    element("style", {}, styles()),
  ];
  const page = element("html", { lang: "en" }, element("head", {}, ...head), element("body", {}, ...body));
  return themed(`<!doctype html>\n${page}\n`);
}

function figure(map: AttentionMap, shape: { readonly cell: number; readonly largest: number }): string {
  const { queries, keys, weights, head, place } = map;
  const [left, below] = [labelRoom(queries), labelRoom(keys)];
  const size = {
    width: left + Math.max(keys.length * shape.cell, 128),
    height: 20 + queries.length * shape.cell + below,
  };
  const cursor = element("rect", {
    class: "cursor",
    width: shape.cell,
    height: shape.cell,
    fill: "none",
    display: "none",
  });
  const drawn = element(
    "g",
    { transform: `translate(${left} 18)` },
    panel(map, shape),
    rowLabels(map, shape.cell),
    columnLabels(map, shape.cell),
    cursor,
  );
  const label = `${place}, head ${head}: ${queries.length} queries, ${keys.length} keys`;
  const shown = {
    ...size,
    viewBox: `0 0 ${size.width} ${size.height}`,
    tabindex: 0,
    role: "application",
    "aria-label": label,
  };
  const data = {
    cell: shape.cell,
    queries: queries.map(visibleToken),
    keys: keys.map(visibleToken),
    weights: weights.map((row) => row.map((weight) => (weight === null ? null : threeDigits(weight)))),
  };
  return element("figure", { "data-map": JSON.stringify(data) }, element("svg", shown, drawn));
}

/** Every colour of the pictures as a variable, so that the dark has its own. Fonts: whatever the machine has. */
function themed(page: string): string {
  return Object.keys(dark).reduce(
    (text, color, i) =>
      text
        .replaceAll(`fill="${color}"`, `style="fill:var(--c${i})"`)
        .replaceAll(`stroke="${color}"`, `style="stroke:var(--c${i})"`),
    page,
  );
}

function styles(): string {
  const variables = (colors: readonly string[]) => colors.map((color, i) => `--c${i}:${color}`).join(";");
  return `:root{color-scheme:light dark;${variables(Object.keys(dark))}}
@media(prefers-color-scheme:dark){:root{${variables(Object.values(dark))}}}
body{max-width:1100px;margin:1.5rem auto 4rem;padding:0 1rem;font:15px/1.5 "DejaVu Sans",Verdana,sans-serif;color:var(--c0);background:var(--c4)}
h1{font-size:1.35rem;line-height:1.3}h2{font-size:1rem;margin:1.2rem 0 .3rem}.quiet{color:var(--c1);font-size:.85rem}
.heads{display:flex;flex-wrap:wrap;gap:1rem}figure{margin:0;max-width:100%}svg{max-width:100%;height:auto;font-family:inherit}
svg:focus-visible{outline:3px solid var(--c5);outline-offset:2px}.cursor{stroke:var(--c6);stroke-width:2}
output{position:sticky;bottom:0;display:block;padding:.6rem 0;background:var(--c4);border-top:1px solid var(--c2);font-variant-numeric:tabular-nums}
@media print{output{display:none}figure{break-inside:avoid}}`;
}
