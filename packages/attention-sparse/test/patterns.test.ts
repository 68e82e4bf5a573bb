import { memory, setBackend } from "@tensorflow/tfjs-core";
import { smallSite } from "@attention-lab/attention/testkit";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { bigbird, blockSparse, fixed, sparse, strided } from "../src/index.ts";
import { movedRows } from "../../attention/test/attend-normal.ts";
import { spanWithin, tileFault } from "../../attention/test/tile-agrees.ts";
import { anySparse } from "./arbitraries.ts";
import { seenBy } from "./seen-by.ts";

beforeAll(() => setBackend("cpu"));

describe("any pattern", () => {
  it("moves exactly the rows that see a position, and leaves no tensor", () => {
    fc.assert(
      fc.property(
        anySparse,
        fc.boolean(),
        fc.integer({ min: 1, max: 14 }),
        fc.nat(13),
        (attention, causal, length, at) => {
          const site = smallSite({ causal, maxLength: 20 });
          const key = at % length;
          const [first, second] = [seenBy(attention, site, length, 0), seenBy(attention, site, length, 1)];
          const want = first.map((row, query) => row[key] === 1 || second[query]![key] === 1);
          const before = memory().numTensors;
          expect(movedRows(attention.build(site), site, length, key)).toEqual(want);
          expect(memory().numTensors).toBe(before);
        },
      ),
      { numRuns: 100 },
    );
  });

  it("says of tiles what their pairs say", () => {
    fc.assert(
      fc.property(
        anySparse,
        fc.boolean(),
        fc.nat(1),
        spanWithin(20),
        spanWithin(20),
        (attention, causal, head, queries, keys) => {
          const pattern = attention.pattern!(smallSite({ causal, maxLength: 20 }), 20);
          expect(tileFault(pattern, head, queries, keys)).toBeUndefined();
        },
      ),
      { numRuns: 600 },
    );
  });

  it("costs two products for each visible pair", () => {
    fc.assert(
      fc.property(anySparse, fc.boolean(), fc.integer({ min: 1, max: 20 }), (attention, causal, length) => {
        const site = smallSite({ causal, maxLength: 20 });
        const pairs = [0, 1].flatMap((head) => seenBy(attention, site, length, head).flat()).reduce((a, b) => a + b);
        expect(attention.cost(site, { batch: 1, queries: length, keys: length }).flops).toBe(2 * pairs * (4 + 3));
      }),
      { numRuns: 60 },
    );
  });
});

describe("Sparse Transformer's formulas", () => {
  const causal = smallSite({ causal: true });

  it("strided: the last l keys and every l-th before", () => {
    expect(seenBy(strided({ stride: 3 }), causal, 8)[7]).toEqual([0, 1, 0, 0, 1, 1, 1, 1]);
    const split = strided({ stride: 3, share: "split" });
    expect(seenBy(split, causal, 8, 0)[7]).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
    expect(seenBy(split, causal, 8, 1)[7]).toEqual([0, 1, 0, 0, 1, 0, 0, 1]);
    expect(seenBy(strided({ stride: 2 }), smallSite(), 8)[3]).toEqual([0, 1, 1, 1, 1, 1, 0, 1]);
  });

  it("fixed: the own group and the last c of each", () => {
    expect(seenBy(fixed({ stride: 4, summary: 1 }), causal, 8)[6]).toEqual([0, 0, 0, 1, 1, 1, 1, 0]);
    expect(seenBy(fixed({ stride: 4, summary: 2 }), causal, 8)[5]).toEqual([0, 0, 1, 1, 1, 1, 0, 0]);
    const distinct = fixed({ stride: 4, summary: 1, subblocks: 2 });
    expect(seenBy(distinct, causal, 8, 1)[5]).toEqual([0, 0, 1, 0, 1, 1, 0, 0]);
    const horizontal = fixed({ stride: 4, summary: 1, horizontal: true });
    expect(seenBy(horizontal, smallSite(), 8)[3]).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
    expect(seenBy(horizontal, smallSite(), 8)[2]).toEqual([1, 1, 1, 1, 0, 0, 0, 1]);
  });

  it("blocks: the same over blocks, and inside them nothing later when causal", () => {
    expect(seenBy(strided({ stride: 2, block: 2 }), causal, 12)[10]).toEqual([0, 0, 1, 1, 0, 0, 1, 1, 1, 1, 1, 0]);
  });

  it("has about n sqrt(n) pairs at l = sqrt(n)", () => {
    const pairs = (n: number) => {
      const site = smallSite({ causal: true, maxLength: n, heads: 1 });
      const lengths = { batch: 1, queries: n, keys: n };
      return strided({ stride: Math.sqrt(n) }).cost(site, lengths).flops;
    };
    expect(pairs(1024) / pairs(256)).toBeGreaterThan(7);
    expect(pairs(1024) / pairs(256)).toBeLessThan(9);
  });
});

describe("given layouts and predicates", () => {
  it("show what they list, for one head or for each", () => {
    const layout = [
      [
        [1, 0],
        [1, 1],
      ],
      [
        [0, 1],
        [0, 0],
      ],
    ] as const;
    const each = blockSparse({ block: 2, layout });
    const site = smallSite({ maxLength: 4 });
    expect(seenBy(each, site, 4, 0)).toEqual([[1, 1, 0, 0], [1, 1, 0, 0], [1, 1, 1, 1], [1, 1, 1, 1]]); // prettier-ignore
    expect(seenBy(each, site, 3, 1)).toEqual([[0, 0, 1], [0, 0, 1], [0, 0, 0]]); // prettier-ignore
    const all = blockSparse({ block: 2, layout: [layout[0]] });
    expect(seenBy(all, site, 4, 1)).toEqual(seenBy(each, site, 4, 0));
  });

  it("are one rule for one function: tile lists are shared by it", () => {
    const visible = (query: number, key: number) => query >= key;
    const keyOf = (options: Parameters<typeof sparse>[0]) => sparse(options).pattern!(smallSite(), 8).sparse!.key;
    expect(keyOf({ visible })).toBe(keyOf({ visible }));
    expect(keyOf({ visible })).not.toBe(keyOf({ visible: (query, key) => query >= key }));
    expect(keyOf({ visible })).not.toBe(keyOf({ visible, perHead: true }));
  });

  it("ask a tile of the caller's own, and every pair without one", () => {
    let asks = 0;
    const visible = (query: number, key: number) => ++asks > 0 && query === key;
    const [queries, keys] = [{ first: 0, last: 9 }, { first: 20, last: 29 }]; // prettier-ignore
    const tileOf = (attention: ReturnType<typeof sparse>) =>
      attention.pattern!(smallSite(), 40).sparse!.tile(0, queries, keys);
    expect(tileOf(sparse({ visible, tile: () => "none" }))).toBe("none");
    expect(asks).toBe(0);
    expect(tileOf(sparse({ visible }))).toBe("none");
    expect(asks).toBeGreaterThanOrEqual(100);
  });

  it("give a rule's key all that it depends on", () => {
    const key = (attention: ReturnType<typeof bigbird>, site = smallSite(), length = 20) =>
      attention.pattern!(site, length).sparse!.key;
    const plain = bigbird({ block: 2, random: 1 });
    const others = [
      key(bigbird({ block: 3, random: 1 })),
      key(bigbird({ block: 2, random: 2 })),
      key(bigbird({ block: 2, random: 1, lookForward: 2 })),
      key(bigbird({ block: 2, random: 1, globalBlocks: [1] })),
      key(plain, smallSite({ seed: 2 })),
      key(plain, smallSite({ causal: true })),
      key(plain, smallSite(), 30),
      key(plain),
    ];
    expect(new Set(others).size).toBe(others.length);
  });
});
