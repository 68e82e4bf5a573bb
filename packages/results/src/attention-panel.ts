import { type AttentionMap, visibleToken } from "./attention-map.ts";
import { threeDigits } from "./format.ts";
import { element, escapeMarkup } from "./markup.ts";
import { ink } from "./palette.ts";

/** From zero: the paper, through blue, as opacity. Negative weights (retention) are of another colour and as deep. */
export const weightInk = { positive: "#08519c", negative: "#a63603" } as const;

export const HATCH = "hidden";
const FONT = 11;
export const LABEL = { row: 6, column: 6, size: FONT } as const;

export interface PanelShape {
  /** Side of a cell in pixels. */
  readonly cell: number;
  readonly largest: number;
}

/** Cells of one head with its number in the corner above; the origin is the top left cell. */
export function panel(map: AttentionMap, { cell, largest }: PanelShape): string {
  const { queries, keys, weights, head } = map;
  const [width, height] = [keys.length * cell, queries.length * cell];
  const background = element("rect", { width, height, fill: ink.paper, stroke: ink.grid });
  const cells = weights.flatMap((row, query) => [
    ...hiddenRuns(row).map(([from, count]) =>
      element("rect", { x: from * cell, y: query * cell, width: count * cell, height: cell, fill: `url(#${HATCH})` }),
    ),
    ...row.map((weight, key) => (weight === null ? "" : seen(map, query, key, weight, { cell, largest }))),
  ]);
  const corner = words(`head ${head}`, { y: -5, "font-size": FONT });
  return element("g", { class: "map" }, background, ...cells, corner);
}

function seen(
  { queries, keys }: AttentionMap,
  query: number,
  key: number,
  weight: number,
  { cell, largest }: PanelShape,
): string {
  const tokens = [queries[query] ?? "", keys[key] ?? ""].map(visibleToken);
  const hover = `query ${tokens[0]} (${query + 1}), key ${tokens[1]} (${key + 1}): ${threeDigits(weight)}`;
  const depth = Math.abs(weight) / largest;
  return element(
    "rect",
    {
      x: key * cell,
      y: query * cell,
      width: cell,
      height: cell,
      fill: weight < 0 ? weightInk.negative : weightInk.positive,
      "fill-opacity": depth.toFixed(3),
    },
    element("title", {}, escapeMarkup(hover)),
  );
}

/** Neighbouring hidden cells of a row as [first, count]. */
function hiddenRuns(row: readonly (number | null)[]): [number, number][] {
  const runs: [number, number][] = [];
  row.forEach((weight, key) => {
    if (weight !== null) return;
    const last = runs.at(-1);
    if (last !== undefined && last[0] + last[1] === key) last[1]++;
    else runs.push([key, 1]);
  });
  return runs;
}

/** Tokens of the rows, to the left of a panel; where cells are smaller than letters, every so many. */
export function rowLabels({ queries }: AttentionMap, cell: number): string {
  return labels(queries, cell, (place) => ({ x: -LABEL.row, y: place + FONT * 0.35, "text-anchor": "end" }));
}

/** Tokens of the columns, below a panel; longer than a letter, they stand on their side. */
export function columnLabels({ keys, queries }: AttentionMap, cell: number): string {
  const below = queries.length * cell;
  const upright = keys.every((token) => Array.from(token).length === 1);
  return labels(keys, cell, (place) =>
    upright
      ? { x: place, y: below + LABEL.column + FONT * 0.8, "text-anchor": "middle" }
      : {
          transform: `translate(${place + FONT * 0.35} ${below + LABEL.column}) rotate(-90)`,
          "text-anchor": "end",
        },
  );
}

/** Pixels that the longest label takes. */
export function labelRoom(tokens: readonly string[]): number {
  return Math.max(...tokens.map((token) => Array.from(visibleToken(token)).length), 1) * FONT * 0.68 + 2 * LABEL.row;
}

export function words(text: string, attributes: Readonly<Record<string, string | number>>): string {
  return element("text", { fill: ink.text, ...attributes }, escapeMarkup(text));
}

function labels(
  tokens: readonly string[],
  cell: number,
  at: (middle: number) => Readonly<Record<string, string | number>>,
): string {
  const every = Math.ceil((FONT + 1) / cell);
  return tokens
    .map((token, i) =>
      i % every === 0 ? words(visibleToken(token), { ...at((i + 0.5) * cell), "font-size": FONT }) : "",
    )
    .join("");
}
