import { tensor, type Tensor3D } from "@tensorflow/tfjs-core";
import { type Pattern, visibleMask } from "@attention-lab/ops";

/** A pattern as the matrix [H,N,M] of zeros and ones that packages make of it. */
export function layoutTensor(
  pattern: Pattern,
  { heads, queries, keys }: { readonly heads: number; readonly queries: number; readonly keys: number },
): Tensor3D {
  const seen = visibleMask(pattern, { heads, queries, keys, queryOffset: 0 });
  return tensor(Float32Array.from(seen), [heads, queries, keys]);
}
