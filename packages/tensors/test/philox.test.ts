import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deriveSeed, philox4x32 } from "../src/index.ts";

const hex = (text: string): number[] => text.split(" ").map((word) => Number.parseInt(word, 16));

describe("philox4x32", () => {
  // kat_vectors of Random123: counter, key, result.
  it.each([
    ["0 0 0 0", "0 0", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"],
    ["ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"],
    ["243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"],
  ])("passes the known answer of counter %s", (counter, key, answer) => {
    const words = philox4x32(hex(counter) as [number, number, number, number], hex(key) as [number, number]);
    expect(words).toEqual(hex(answer));
  });

  it("returns four uint32 words for any counter and key", () => {
    const word = fc.integer({ min: 0, max: 2 ** 32 - 1 });
    fc.assert(
      fc.property(fc.tuple(word, word, word, word), fc.tuple(word, word), (counter, key) => {
        for (const value of philox4x32(counter, key)) expect(value >>> 0).toBe(value);
      }),
    );
  });
});

describe("deriveSeed", () => {
  it("keeps its values for ever, since saved experiments depend on them", () => {
    expect([deriveSeed(1), deriveSeed(1, "query"), deriveSeed(1, "query", 3)]).toMatchInlineSnapshot(`
      [
        1,
        2852533674,
        2395302003,
      ]
    `);
  });

  it("tells labels, their order, their type and their grouping apart", () => {
    const seeds = [
      deriveSeed(1, "a", "b"),
      deriveSeed(1, "b", "a"),
      deriveSeed(1, "ab"),
      deriveSeed(1, "a", "b", ""),
      deriveSeed(1, 12),
      deriveSeed(1, "12"),
      deriveSeed(1, 1, 2),
      deriveSeed(1, -12),
      deriveSeed(1, 12 + 2 ** 32),
      deriveSeed(2, "a", "b"),
    ];
    expect(new Set(seeds).size).toBe(seeds.length);
  });

  it("refuses labels and seeds that are not integers", () => {
    expect(() => deriveSeed(1, 0.5)).toThrow("deriveSeed: a numeric label must be an integer, got 0.5");
    expect(() => deriveSeed(Number.NaN)).toThrow("deriveSeed: seed must be an integer, got NaN");
  });
});
