import { clone, concat, split, type Tensor4D } from "@tensorflow/tfjs-core";
import { positiveInteger } from "./invalid.ts";
import { scope } from "./scope.ts";

/**
 * Grouped-query attention's shared heads, one copy per query head: x [B,KH,N,D] -> [B,heads,N,D], where head h reads
 * floor(h * KH / heads). Gradients of the copies are summed. KH must not exceed heads.
 */
export function repeatHeads(x: Tensor4D, heads: number): Tensor4D {
  const shared = x.shape[1];
  positiveInteger("repeatHeads", "heads", heads);
  if (shared > heads) {
    throw new RangeError(`repeatHeads: heads must be at least the ${shared} heads of x, got ${heads}`);
  }
  if (shared === heads) return clone(x);
  return scope("repeatHeads", () => {
    // Split and concatenation are each other's gradients, and every backend has both (but a split into one part has none).
    const parts = shared === 1 ? [x] : split<Tensor4D>(x, shared, 1); // KH times [B,1,N,D]
    const picked = Array.from({ length: heads }, (_, head) => parts[Math.floor((head * shared) / heads)] ?? x);
    return concat(picked, 1);
  });
}
