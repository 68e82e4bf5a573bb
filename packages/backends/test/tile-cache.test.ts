import { type Pattern, tileList } from "@attention-lab/ops";
import { expect, test } from "vitest";
import { blocks } from "../../ops/test/sparse-rules.ts";
import { cachedTileList, type TileQuestion } from "../src/tile-cache.ts";

const tile = { queries: 8, keys: 4 };
const shape = { batch: 2, heads: 2, queries: 40, keys: 40, queryOffset: 0, transposed: false };
const windowed = (before: number): Pattern => ({ causal: false, window: { before, after: 1, dilation: 1 } });
const base: TileQuestion = { pattern: windowed(3), ...shape };

test("every part of the question has a list of its own", () => {
  const questions: TileQuestion[] = [
    base,
    { ...base, pattern: windowed(9) },
    { ...base, pattern: { causal: true, window: { before: 3, after: 1, dilation: 1 } } },
    { ...base, pattern: { causal: false, window: { before: 3, after: 1, dilation: [1, 2] } } },
    { ...base, keys: 48 },
    { ...base, queryOffset: 5 },
    { ...base, globals: [[0], [30]] },
    { ...base, globals: [[0], [31, 39]] },
    { ...base, transposed: true },
    { ...base, pattern: { causal: false, sparse: blocks(10, { exact: true, perHead: false }) } },
    { ...base, pattern: { causal: false, sparse: blocks(9, { exact: true, perHead: false }) } },
    { ...base, pattern: { causal: true, sparse: blocks(9, { exact: true, perHead: true }) } },
  ];
  for (const question of questions) {
    const { pattern, ...options } = question;
    const fresh = tileList(pattern, { ...options, rowTile: tile.queries, columnTile: tile.keys });
    expect(cachedTileList(tile, question)).toEqual(fresh);
  }
  expect(cachedTileList({ queries: 4, keys: 4 }, base).rows).toBe(10);
});

test("rules of one key share a list", () => {
  const pattern = (): Pattern => ({ causal: false, sparse: blocks(10, { exact: true, perHead: false }) });
  expect(cachedTileList(tile, { ...base, pattern: pattern() })).toBe(
    cachedTileList(tile, { ...base, pattern: pattern() }),
  );
});

test("a list is made once, and forgotten after 64 others", () => {
  const first = cachedTileList(tile, base);
  expect(cachedTileList(tile, { ...base })).toBe(first);
  for (let keys = 100; keys < 164; keys++) cachedTileList(tile, { ...base, keys });
  expect(cachedTileList(tile, base)).not.toBe(first);
});
