import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { t5, t5Bucket, type T5Options } from "../src/index.ts";
import { site } from "./bias-attention.ts";

/** Whether whole numbers say that distance d lies at or above the boundary of step b: (d / e)^n >= (m / e)^b. */
function reaches(d: number, b: number, { e, n, m }: { e: number; n: number; m: number }): boolean {
  const [exact, steps] = [BigInt(e), BigInt(n)];
  return BigInt(d) ** steps * exact ** BigInt(b) >= BigInt(m) ** BigInt(b) * exact ** steps;
}

describe("t5 buckets", () => {
  test("are exact, on the boundaries too, where logarithms round to either side", () => {
    const misses: string[] = [];
    for (let buckets = 2; buckets <= 33; buckets++) {
      const e = Math.floor(buckets / 2);
      for (const maxDistance of [e + 1, 20, 36, 54, 64, 100, 128, 160, 256, 288].filter((m) => m > e)) {
        let step = 0;
        for (let d = e; d <= maxDistance + 2; d++) {
          while (step < buckets - e - 1 && reaches(d, step + 1, { e, n: buckets - e, m: maxDistance })) step++;
          const got = t5Bucket(-d, { buckets, maxDistance, direction: "causal" });
          if (got !== e + step)
            misses.push(`${buckets} buckets to ${maxDistance}, distance ${d}: ${got}, not ${e + step}`);
        }
      }
    }
    expect(misses).toEqual([]);
  });

  test("causal: later keys share the bucket of distance 0", () => {
    const of = (offset: number) => t5Bucket(offset, { buckets: 8, maxDistance: 20, direction: "causal" });
    expect([5, 1, 0, -1, -2, -3, -4].map(of)).toEqual([0, 0, 0, 1, 2, 3, 4]);
    expect([-20, -21, -1e6].map(of)).toEqual([7, 7, 7]);
  });

  test("bidirectional: later keys have the second half, and an odd table a last row that nobody reads", () => {
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 65 }), fc.integer({ min: -400, max: 400 }), (buckets, offset) => {
        const half = Math.floor(buckets / 2);
        const options = { buckets, maxDistance: 200, direction: "bidirectional" } as const;
        const got = t5Bucket(offset, options);
        const earlier = t5Bucket(-Math.abs(offset), options);
        expect(got).toBe(offset > 0 ? earlier + half : earlier);
        expect(earlier).toBe(t5Bucket(-Math.abs(offset), { ...options, buckets: half, direction: "causal" }));
        expect(got).toBeLessThan(2 * half);
      }),
    );
  });

  test.each<[Partial<T5Options>, string]>([
    [{ buckets: 3 }, "buckets must be at least 4 when bidirectional, got 3"],
    [{ buckets: 1, direction: "causal" }, "buckets must be at least 2 when causal, got 1"],
    [
      { buckets: 32, maxDistance: 8 },
      "maxDistance must be above the 8 distances that have a bucket of their own, got 8",
    ],
    [
      { buckets: 32, maxDistance: 16, direction: "causal" },
      "maxDistance must be above the 16 distances that have a bucket of their own, got 16",
    ],
  ])("%o is refused", (options, sentence) => {
    expect(() =>
      t5({ buckets: 8, maxDistance: 12, direction: "bidirectional", biasScale: 1, ...options }).build(site),
    ).toThrow(`t5 position: ${sentence}`);
  });
});
