import { concat, slice, type Tensor4D, zeros } from "@tensorflow/tfjs-core";
import { biasTable, type Site, type Stepwise } from "@attention-lab/attention";
import { type Pattern, patternAttention } from "@attention-lab/ops";

/**
 * Decoding with the keys and values of the window alone: the state holds the last `reach` = before * dilation positions, so it stops growing
 * where the window is full. Global tokens belong to the full form.
 */
export function windowCache(site: Site, pattern: Pattern, reach: number): Stepwise {
  const { keyValueHeads, headDim, valueDim, scale } = site;
  return {
    start: (batch) => ({
      keys: zeros([batch, keyValueHeads, 0, headDim]),
      values: zeros([batch, keyValueHeads, 0, valueDim]),
    }),
    step(state, { q, k, v }) {
      const keys = append(state["keys"] as Tensor4D, k);
      const values = append(state["values"] as Tensor4D, v);
      const queryOffset = keys.shape[2] - 1;
      const bias = biasTable(site, { queries: 1, keys: keys.shape[2], queryOffset });
      const output = patternAttention({ q, k: keys, v: values, bias }, { pattern, scale, queryOffset });
      return { output, state: { keys: last(keys, reach), values: last(values, reach) } };
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
