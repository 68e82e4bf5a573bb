import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  countVisible,
  tileList,
  visible,
  visibleMask,
  type Pattern,
  type SparseRule,
  type TileListOptions,
} from "../src/index.ts";
import { blocks, scattered, strided } from "./sparse-rules.ts";

interface Case {
  readonly pattern: Pattern;
  readonly options: TileListOptions;
}

const side = fc.integer({ min: 1, max: 40 });
const window = (heads: number): fc.Arbitrary<NonNullable<Pattern["window"]>> =>
  fc.record({
    before: fc.nat(12),
    after: fc.nat(12),
    dilation: fc.oneof(
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.integer({ min: 1, max: 5 }), { minLength: heads, maxLength: heads }),
    ),
  });
const style = fc.record({ exact: fc.boolean(), perHead: fc.boolean() });
const sparse: fc.Arbitrary<SparseRule> = fc
  .tuple(fc.constantFrom(blocks, strided, scattered), fc.integer({ min: 1, max: 12 }), style)
  .map(([make, size, chosen]) => make(size, chosen));
const pattern = (heads: number): fc.Arbitrary<Pattern> =>
  fc.oneof(
    fc.record({ causal: fc.boolean() }),
    fc.record({ causal: fc.boolean(), window: window(heads) }),
    fc.record({ causal: fc.boolean(), sparse }),
  );
const cases: fc.Arbitrary<Case> = fc
  .record({ batch: fc.integer({ min: 1, max: 2 }), heads: fc.integer({ min: 1, max: 3 }), queries: side, keys: side })
  .chain(({ batch, heads, queries, keys }) =>
    fc.record({
      pattern: pattern(heads),
      options: fc.record({
        batch: fc.constant(batch),
        heads: fc.constant(heads),
        queries: fc.constant(queries),
        keys: fc.constant(keys),
        queryOffset: fc.integer({ min: -10, max: 20 }),
        rowTile: fc.integer({ min: 1, max: 9 }),
        columnTile: fc.integer({ min: 1, max: 9 }),
        transposed: fc.boolean(),
        globals: fc.option(
          fc.array(fc.uniqueArray(fc.nat(keys - 1), { maxLength: 3 }), { minLength: batch, maxLength: batch }),
          { nil: undefined },
        ),
      }),
    }),
  );

/** Listed tiles of one (batch, head) as row -> tile -> partial, read off the CSR arrays. */
function lists({ pattern, options }: Case, batch: number, head: number): Map<number, number>[] {
  const { start, tile, partial, rows, batchStride, headStride } = tileList(pattern, options);
  const first = (batch * batchStride + head * headStride) * rows;
  return Array.from({ length: rows }, (_, row) => {
    const [from, to] = [start[first + row] ?? NaN, start[first + row + 1] ?? NaN];
    const numbers = [...tile.subarray(from, to)];
    expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
    return new Map(numbers.map((number, index) => [number, partial[from + index] ?? NaN]));
  });
}

function sees({ pattern, options }: Case, batch: number, head: number, query: number, key: number): boolean {
  const globalKey = options.globals?.[batch]?.includes(key) ?? false;
  return visible(pattern, { head, query, key, queryOffset: options.queryOffset, globalKey });
}

describe("tileList", () => {
  it("lists exactly the tiles that hold a visible pair, and calls none whole that is not", () => {
    fc.assert(
      fc.property(cases, (c) => {
        const { batch, heads, queries, keys, rowTile, columnTile, transposed } = c.options;
        for (let b = 0; b < batch; b++) {
          for (let h = 0; h < heads; h++) {
            const listed = lists(c, b, h);
            const [rowLength, columnLength] = transposed === true ? [keys, queries] : [queries, keys];
            expect(listed.length).toBe(Math.ceil(rowLength / rowTile));
            for (const [row, tiles] of listed.entries()) {
              for (let column = 0; column * columnTile < columnLength; column++) {
                let [some, all] = [false, true];
                for (let i = row * rowTile; i < (row + 1) * rowTile; i++) {
                  for (let j = column * columnTile; j < (column + 1) * columnTile; j++) {
                    const inside = i < rowLength && j < columnLength;
                    const seen = inside && (transposed === true ? sees(c, b, h, j, i) : sees(c, b, h, i, j));
                    some ||= seen;
                    all &&= seen;
                  }
                }
                expect(tiles.has(column), `tile ${row},${column} of batch ${b} head ${h}`).toBe(some);
                if (tiles.get(column) === 0) expect(all, `whole tile ${row},${column}`).toBe(true);
                // Without globals the flag is exact.
                if (all && c.options.globals === undefined) expect(tiles.get(column)).toBe(0);
              }
            }
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  it("masks a tile of a sparse rule pair by pair, and pools equal masks", () => {
    fc.assert(
      fc.property(cases, (c) => {
        fc.pre(c.pattern.sparse !== undefined);
        const { queries, keys, rowTile, columnTile, transposed, queryOffset } = c.options;
        const list = tileList(c.pattern, c.options);
        const [mask, masks] = [list.mask ?? new Int32Array(), list.masks ?? new Int32Array()];
        const rowWords = Math.ceil(rowTile / 32);
        const pooled = new Set<string>();
        const size = columnTile * rowWords;
        for (let at = 0; at < masks.length; at += size) pooled.add(masks.subarray(at, at + size).join());
        expect(pooled.size).toBe(masks.length / size);
        for (let l = 0; l < (list.start.length - 1) / list.rows; l++) {
          for (let row = 0; row < list.rows; row++) {
            for (let t = list.start[l * list.rows + row]!; t < list.start[l * list.rows + row + 1]!; t++) {
              for (let i = 0; i < rowTile; i++) {
                for (let j = 0; j < columnTile; j++) {
                  const [r, column] = [row * rowTile + i, list.tile[t]! * columnTile + j];
                  const [query, key] = transposed === true ? [column, r] : [r, column];
                  const inside = query < queries && key < keys;
                  const bit = (masks[mask[t]! * size + j * rowWords + (i >> 5)]! >>> (i & 31)) & 1;
                  const listed =
                    mask[t] === -1 ? inside && !(c.pattern.causal && key > query + queryOffset) : bit === 1;
                  expect(listed).toBe(inside && sees(c, 0, l, query, key));
                }
              }
            }
          }
        }
        expect(list.batchStride).toBe(0);
      }),
      { numRuns: 150 },
    );
  });

  it("gives one list where batch rows and heads agree, and one each where they do not", () => {
    const options = { batch: 2, heads: 3, queries: 8, keys: 8, queryOffset: 0, rowTile: 4, columnTile: 4 };
    const local = (dilation: number | number[]): Pattern => ({
      causal: false,
      window: { before: 1, after: 1, dilation },
    });
    const strides = (pattern: Pattern, globals?: number[][]): number[] => {
      const list = tileList(pattern, { ...options, globals });
      return [list.batchStride, list.headStride, (list.start.length - 1) / list.rows];
    };
    expect(strides({ causal: true }, [[0], [1]])).toEqual([0, 0, 1]);
    expect(strides(local(2))).toEqual([0, 0, 1]);
    expect(strides(local([2, 2, 2]))).toEqual([0, 0, 1]);
    expect(strides(local([1, 2, 3]))).toEqual([0, 1, 3]);
    expect(strides(local(1), [[0], [1]])).toEqual([1, 0, 2]);
    expect(strides(local([1, 2, 3]), [[0], [1]])).toEqual([3, 1, 6]);
  });

  it("takes time by the window, not by N M: a million positions", () => {
    const options = {
      batch: 1,
      heads: 1,
      queries: 2 ** 20,
      keys: 2 ** 20,
      queryOffset: 0,
      rowTile: 64,
      columnTile: 64,
    };
    const { tile, rows } = tileList({ causal: true, window: { before: 128, after: 0, dilation: 1 } }, options);
    expect(rows).toBe(2 ** 14);
    expect(tile.length).toBe(3 * 2 ** 14 - 3);
  });

  it("refuses patterns and sizes that make no sense", () => {
    const options = { batch: 1, heads: 2, queries: 4, keys: 4, queryOffset: 0, rowTile: 2, columnTile: 2 };
    const local = { before: 1, after: 1, dilation: 1 };
    expect(() => tileList({ causal: false }, { ...options, rowTile: 0 })).toThrow(
      "tileList: rowTile must be a positive integer, got 0",
    );
    expect(() => tileList({ causal: false, window: { ...local, before: -1 } }, options)).toThrow(
      "tileList: window.before must be an integer of at least 0, got -1",
    );
    expect(() => tileList({ causal: false, window: { ...local, dilation: [1, 2, 3] } }, options)).toThrow(
      "tileList: window.dilation must be one number or one for each of the 2 heads, got [1,2,3]",
    );
    expect(() => tileList({ causal: false, window: { ...local, dilation: 0 } }, options)).toThrow(
      "tileList: window.dilation must be a positive integer, got 0",
    );
  });
});

describe("countVisible", () => {
  it("counts what visible says, over heads and, with globals, over batch rows", () => {
    fc.assert(
      fc.property(cases, (c) => {
        const { batch, heads, queries, keys, queryOffset, globals } = c.options;
        let wanted = 0;
        for (let b = 0; b < (globals === undefined ? 1 : batch); b++) {
          for (let h = 0; h < heads; h++) {
            for (let i = 0; i < queries; i++) for (let j = 0; j < keys; j++) wanted += sees(c, b, h, i, j) ? 1 : 0;
          }
        }
        expect(countVisible(c.pattern, { heads, queries, keys, queryOffset, globals })).toBe(wanted);
      }),
    );
  });
});

describe("visibleMask", () => {
  it("says what visible says", () => {
    fc.assert(
      fc.property(cases, (c) => {
        const plain = { ...c, options: { ...c.options, globals: undefined } };
        const { heads, queries, keys } = c.options;
        const wanted: number[] = [];
        for (let h = 0; h < heads; h++) {
          for (let i = 0; i < queries; i++) for (let j = 0; j < keys; j++) wanted.push(sees(plain, 0, h, i, j) ? 1 : 0);
        }
        expect([...visibleMask(c.pattern, c.options)]).toEqual(wanted);
      }),
    );
  });

  it("is [H,N,M], by hand: a causal window of one key, dilated by 1 and 2", () => {
    const pattern: Pattern = { causal: true, window: { before: 1, after: 1, dilation: [1, 2] } };
    const mask = visibleMask(pattern, { heads: 2, queries: 3, keys: 4, queryOffset: 1 });
    expect([...mask]).toEqual([
      1, 1, 0, 0, /**/ 0, 1, 1, 0, /**/ 0, 0, 1, 1, /***/ 0, 1, 0, 0, /**/ 1, 0, 1, 0, /**/ 0, 1, 0, 1,
    ]);
  });
});
