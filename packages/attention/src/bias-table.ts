import { range, type Tensor2D } from "@tensorflow/tfjs-core";
import type { Site } from "./contract.ts";

/**
 * The site's bias at every offset of a call, [H,N+M-1], as the kernels take it: entry i is that of key - query = i - (N - 1), key and
 * query counted from 0. Undefined where the site has none.
 */
export function biasTable(
  { bias }: Site,
  { queries, keys, queryOffset }: { readonly queries: number; readonly keys: number; readonly queryOffset: number },
): Tensor2D | undefined {
  return bias?.at(range(1 - queries - queryOffset, keys - queryOffset, 1));
}
