import fc from "fast-check";
import { smallSite } from "@attention-lab/attention/testkit";
import { describe, expect, it } from "vitest";
import { bigbird } from "../src/index.ts";
import { seenBy } from "./seen-by.ts";

const site = smallSite();
const window = bigbird({ block: 1, random: 0 });

/** Blocks of a row that neither the window nor a global block shows. */
function drawn(random: number, head: number, length: number, seed = 1): number[][] {
  const known = seenBy(window, smallSite({ seed }), length, head);
  const all = seenBy(bigbird({ block: 1, random }), smallSite({ seed }), length, head);
  return all.map((row, query) => row.flatMap((one, key) => (one === 1 && known[query]![key] === 0 ? [key] : [])));
}

describe("BigBird", () => {
  it("has a window of three blocks, and the first and the last block see all and are seen by all", () => {
    const seen = seenBy(window, site, 7);
    expect(seen[0]).toEqual([1, 1, 1, 1, 1, 1, 1]);
    expect(seen[3]).toEqual([1, 0, 1, 1, 1, 0, 1]);
    expect(seen[6]).toEqual([1, 1, 1, 1, 1, 1, 1]);
  });

  it("draws `random` other blocks in every row that does not see all, or all that are left", () => {
    fc.assert(
      fc.property(fc.nat(5), fc.integer({ min: 1, max: 24 }), fc.nat(1), fc.nat(), (random, length, head, seed) => {
        const known = seenBy(window, site, length, head);
        const counts = drawn(random, head, length, seed).map((row) => row.length);
        const hidden = known.map((row) => row.filter((one) => one === 0).length);
        expect(counts).toEqual(hidden.map((left) => Math.min(random, left)));
      }),
    );
  });

  it("draws the same for the same seed, head and length, and other blocks for another seed or head", () => {
    expect(drawn(2, 0, 24)).toEqual(drawn(2, 0, 24));
    expect(drawn(2, 0, 24)).not.toEqual(drawn(2, 1, 24));
    expect(drawn(2, 0, 24)).not.toEqual(drawn(2, 0, 24, 2));
  });

  it("draws every hidden block about as often", () => {
    const counts = Array.from({ length: 12 }, () => 0);
    const seeds = 600;
    for (let seed = 0; seed < seeds; seed++) for (const key of drawn(2, 0, 12, seed)[5]!) counts[key]!++;
    // 12 blocks, less the window 4 to 6 and the global 0 and 11: seven are left, two of them drawn.
    const hidden = [1, 2, 3, 7, 8, 9, 10];
    expect(counts.reduce((a, b) => a + b)).toBe(2 * seeds);
    const expected = (2 * seeds) / hidden.length;
    // Six standard deviations of a count.
    const spread = 6 * Math.sqrt(expected * (1 - 2 / hidden.length));
    for (const key of hidden) expect(Math.abs(counts[key]! - expected)).toBeLessThan(spread);
  });

  it("when causal, draws from the past and does not change as the sequence grows", () => {
    fc.assert(
      fc.property(
        fc.nat(3),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 30 }),
        (random, block, length) => {
          const causal = smallSite({ causal: true });
          const attention = bigbird({ block, random });
          const short = seenBy(attention, causal, length);
          const long = seenBy(attention, causal, length + 7);
          expect(short).toEqual(long.slice(0, length).map((row) => row.slice(0, length)));
        },
      ),
    );
  });

  it("leaves out global blocks that a sequence does not have, and counts negative ones from its end", () => {
    const far = bigbird({ block: 1, random: 0, lookBackward: 0, lookForward: 0, globalBlocks: [5, -9, -2] });
    expect(seenBy(far, site, 4)[0]).toEqual([1, 0, 1, 0]);
    expect(seenBy(far, site, 4)[2]).toEqual([1, 1, 1, 1]);
    expect(seenBy(far, smallSite({ causal: true }), 8)[7]).toEqual([0, 0, 0, 0, 0, 1, 0, 1]);
  });

  it("is full attention where the sequence has no more blocks than it sees", () => {
    const flat = seenBy(bigbird({ block: 3, random: 2 }), site, 18).flat();
    expect(flat.every((one) => one === 1)).toBe(true);
  });
});
