import { invalid, positiveInteger } from "@attention-lab/tensors";

/** `bidirectional`, T5's encoder: half the buckets for later keys; `causal`, its decoder: later keys share the bucket of distance 0. */
export const t5Directions = ["bidirectional", "causal"] as const;
export type T5Direction = (typeof t5Directions)[number];

export interface T5Buckets {
  readonly buckets: number;
  /** Distances from here on share the last bucket. */
  readonly maxDistance: number;
  readonly direction: T5Direction;
}

/** Above the rounding of a float64 logarithm, below any distance's true gap to the boundary of a bucket. */
const ROUNDING = 1e-9;

/**
 * The bucket of an offset, key position minus query position (Raffel et al. 2020, section 2.1; formula: the authors' code). Of the n
 * buckets of one side, the first e = floor(n / 2) hold one distance each, the others equal steps of its logarithm:
 * e + floor(ln(distance / e) / ln(maxDistance / e) * (n - e)), at most n - 1. A distance on a boundary belongs to the upper bucket, as
 * in exact arithmetic.
 *
 * @throws RangeError for fewer than 2 buckets a side, or a maxDistance that leaves no room for the logarithmic ones.
 */
export function t5Bucket(offset: number, { buckets, maxDistance, direction }: T5Buckets): number {
  const both = direction === "bidirectional";
  const side = both ? Math.floor(buckets / 2) : buckets;
  const exact = Math.floor(side / 2);
  checkBuckets("t5Bucket", { buckets, maxDistance, direction });
  const distance = both ? Math.abs(offset) : Math.max(0, -offset);
  const start = both && offset > 0 ? side : 0;
  if (distance < exact) return start + distance;
  const steps = (Math.log(distance / exact) / Math.log(maxDistance / exact)) * (side - exact);
  return start + Math.min(side - 1, exact + Math.floor(steps + ROUNDING));
}

/** Checks that a table of so many buckets can be read. */
export function checkBuckets(who: string, { buckets, maxDistance, direction }: T5Buckets): void {
  positiveInteger(who, "buckets", buckets);
  positiveInteger(who, "maxDistance", maxDistance);
  const least = direction === "bidirectional" ? 4 : 2;
  if (buckets < least) throw invalid(who, `buckets must be at least ${least} when ${direction}`, buckets);
  const exact = Math.floor(Math.floor(buckets / (least / 2)) / 2);
  if (maxDistance <= exact) {
    throw invalid(who, `maxDistance must be above the ${exact} distances that have a bucket of their own`, maxDistance);
  }
}
