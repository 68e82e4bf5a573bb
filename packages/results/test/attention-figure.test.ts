import { type AttentionMap, attentionPage, attentionSvg, png } from "@attention-lab/results";
import fc from "fast-check";
import { parseHTML } from "linkedom";
import { expect, test } from "vitest";
import { attentionHeadline, largestWeight, visibleToken } from "../src/attention-map.ts";

const tokens = ["<s>", "a", " ", "b&c"];
/** Causal weights of a rule, each row summing to 1. */
function causal(head: number, score: (query: number, key: number) => number, place = "layer 1"): AttentionMap {
  const weights = tokens.map((_, query) => {
    const row = tokens.map((_, key) => (key > query ? null : Math.exp(score(query, key))));
    const total = row.reduce<number>((sum, weight) => sum + (weight ?? 0), 0);
    return row.map((weight) => (weight === null ? null : weight / total));
  });
  return { place, head, queries: tokens, keys: tokens, weights };
}
const before = (query: number, key: number) => (key === query - 1 ? 9 : 0);
const flat = () => 0;
const document = (text: string) => parseHTML(text).document;

test("the title says which head does what, in words of its weights", () => {
  const of = (...maps: AttentionMap[]) => attentionHeadline({ maps, caption: [] });
  expect(of(causal(1, flat), causal(2, before))).toBe("Head 2 of layer 1 puts 100 % of its weight on the token before");
  expect(of(causal(1, (query, key) => (query === key ? 9 : 0), "layer 3"))).toMatch(
    /of layer 3 .* on the token itself/,
  );
  expect(of(causal(1, (_, key) => (key === 0 ? 9 : 0)))).toMatch(/on the first token$/);
  expect(of(causal(1, flat))).toBe("A query looks at 2.21 keys on average"); // (4!)^(1/4)
  expect(
    of(
      causal(1, flat),
      causal(2, (_, key) => key / 4),
    ),
  ).toMatch(/^Head 2 of layer 1 is the sharpest: a query looks/);
  expect(of()).toBe("No layer has weights to show");
});

test("the figure has a panel for each head, hatches what is hidden and names every cell that is seen", () => {
  const maps = [causal(1, flat), causal(2, before), causal(1, before, "layer 2")];
  const svg = attentionSvg({ maps, caption: ["a <caption>"] });
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  expect(svg.match(/https?:\/\/[^"]*/g)).toEqual(["http://www.w3.org/2000/svg"]);
  const panels = [...document(svg).querySelectorAll(".map")];
  expect(panels).toHaveLength(3);
  for (const panel of panels) {
    const hovers = [...panel.querySelectorAll("title")].map(({ textContent }) => textContent);
    expect(hovers).toHaveLength(10); // 4 + 3 + 2 + 1 cells
    const hidden = [...panel.querySelectorAll("rect")].filter((each) => each.getAttribute("fill") === "url(#hidden)");
    expect(hidden).toHaveLength(3); // one stretch in each row but the last
  }
  expect(svg).toContain("query b&amp;c (4), key ␣ (3): 1.00");
  const texts = [...document(svg).querySelectorAll("text")].map(({ textContent }) => textContent);
  for (const text of ["layer 1", "layer 2", "head 1", "head 2", "0", "1.00 weight", "a <caption>"])
    expect(texts).toContain(text);
  expect(png(svg).length).toBeGreaterThan(10_000);
});

test("depth goes from zero to the largest weight, and negative weights have a colour of their own", () => {
  const map: AttentionMap = {
    place: "layer 1",
    head: 1,
    queries: ["x"],
    keys: ["x", "y", "z"],
    weights: [[0, 0.25, -0.5]],
  };
  expect(largestWeight([map])).toBe(0.5);
  const cells = [...document(attentionSvg({ maps: [map], caption: [] })).querySelectorAll(".map rect[fill-opacity]")];
  expect(cells.map((cell) => cell.getAttribute("fill-opacity"))).toEqual(["0.000", "0.500", "1.000"]);
  expect(new Set(cells.map((cell) => cell.getAttribute("fill"))).size).toBe(2);
});

test("the page asks for nothing, carries every weight, and is dark in the dark", () => {
  const page = attentionPage({ maps: [causal(1, before), causal(2, flat)], caption: ["<from> a checkpoint"] });
  expect(page).not.toMatch(/https?:|src=|@import|<link/);
  const { document: dom } = parseHTML(page);
  const figures = [...dom.querySelectorAll("figure")];
  expect(figures).toHaveLength(2);
  for (const figure of figures) {
    const data = JSON.parse(figure.getAttribute("data-map") ?? "") as {
      weights: (string | null)[][];
      queries: string[];
    };
    expect(data.queries).toEqual(["<s>", "a", "␣", "b&c"]);
    expect(data.weights[1]?.slice(2)).toEqual([null, null]);
    expect(figure.querySelector("svg")?.getAttribute("tabindex")).toBe("0");
  }
  expect(page).toContain("prefers-color-scheme:dark");
  expect(page).toContain("&lt;from&gt; a checkpoint");
});

test("any tokens and weights make a whole picture", () => {
  const any = fc.record({
    rows: fc.array(fc.string(), { minLength: 1, maxLength: 5 }),
    columns: fc.array(fc.string(), { minLength: 1, maxLength: 5 }),
    weight: fc.option(fc.float({ noNaN: true, noDefaultInfinity: true, min: -2, max: 2 })),
  });
  fc.assert(
    fc.property(any, ({ rows, columns, weight }) => {
      const weights = rows.map(() => columns.map(() => weight));
      const maps = [{ place: "layer 1", head: 1, queries: rows, keys: columns, weights }];
      expect(attentionSvg({ maps, caption: [] })).not.toMatch(/NaN|Infinity/);
    }),
    { numRuns: 40 },
  );
  expect(visibleToken("a b\n\u007f")).toBe("a␣b␊␡");
});
