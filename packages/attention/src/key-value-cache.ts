import { concat, slice, type Tensor4D, zeros } from "@tensorflow/tfjs-core";
import { invalid } from "@attention-lab/tensors";
import { type Pattern, patternAttention } from "@attention-lab/ops";
import { biasTable } from "./bias-table.ts";
import type { Site, Stepwise } from "./contract.ts";
import { relativeTerms } from "./relative-terms.ts";

export interface CacheOptions {
  /** Which of `keys` cached keys the newest position sees; it is itself the last of them. */
  readonly pattern: (keys: number) => Pattern;
  /**
   * How many of the positions so far to keep for the steps that follow: older ones are forgotten, and key 0 of `pattern` is then the oldest that
   * is left. Absent: all are kept.
   */
  readonly keep?: ((positions: number) => number) | undefined;
}

/**
 * Decoding with a cache of keys and values, [B,KH,n,D] and [B,KH,n,Dv]: a step attends to what is kept and copies it once. With `keep` the state
 * stops growing where nothing older can be seen.
 */
export function keyValueCache(site: Site, { pattern, keep }: CacheOptions): Stepwise {
  const { keyValueHeads, headDim, valueDim, scale } = site;
  return {
    start: (batch) => ({
      keys: zeros([batch, keyValueHeads, 0, headDim]),
      values: zeros([batch, keyValueHeads, 0, valueDim]),
    }),
    step(state, { q, k, v, position }) {
      const keys = append(state["keys"] as Tensor4D, k);
      const values = append(state["values"] as Tensor4D, v);
      const count = keys.shape[2];
      const queryOffset = count - 1;
      if (keep === undefined && queryOffset !== position) {
        throw invalid("key-value cache", `a step goes to the position after the cache's ${queryOffset}`, position);
      }
      const bias = biasTable(site, { queries: 1, keys: count, queryOffset });
      const options = { pattern: pattern(count), scale, queryOffset };
      const output = patternAttention({ q, k: keys, v: values, bias, relative: relativeTerms(site) }, options);
      const kept = keep?.(position + 1) ?? count;
      return { output, state: { keys: last(keys, kept), values: last(values, kept) } };
    },
  };
}

function append(cache: Tensor4D, next: Tensor4D): Tensor4D {
  return cache.shape[2] === 0 ? next : concat([cache, next], 2);
}

/** The last `count` positions; all of them where there are fewer. */
function last(x: Tensor4D, count: number): Tensor4D {
  const surplus = x.shape[2] - count;
  return surplus <= 0 ? x : slice(x, [0, 0, surplus, 0], [-1, -1, count, -1]);
}
