import { clone, eye, mul, ones, reshape, type Tensor4D, tile, zerosLike } from "@tensorflow/tfjs-core";
import { repeatHeads, withGradient } from "@attention-lab/tensors";
import { z } from "zod";
import type { Call, Mechanism, Site } from "./contract.ts";
import { defineAttention } from "./define.ts";
import { parseOptions } from "./parse-options.ts";

const schema = z.strictObject({});
const who = "identity attention";
const nothingToDrop = "the output is the value itself";

/**
 * Identity: query i returns value i (Choromanski et al. 2021, section 4.1, the "X" line: the floor that no attention can be faster than).
 * out_i = v_i, time and memory O(n). It is exact softmax attention over the pattern in which each query sees its own key alone.
 */
export const identity = defineAttention({
  name: "identity",
  paper: "Choromanski et al. 2021, Rethinking Attention with Performers, section 4.1 (the X line)",
  version: 1,
  supports: {
    causal: true,
    keyPadding: true,
    crossAttention: "query i returns value i, so queries and keys are one sequence",
    groupedQuery: true,
    scoreBias: `${nothingToDrop}, there are no scores to add a bias to`,
    relativeContent: `${nothingToDrop}, there are no scores to compare positions in`,
    dropout: `${nothingToDrop}, there are no weights to drop`,
    anyLength: true,
    stepwise: true,
    weights: true,
  },
  parse: (raw) => parseOptions(who, schema, raw),
  build: (_options, site): Mechanism => ({
    parameters: {},
    attend: ({ q, k, v, keyPadding }) => {
      const values =
        keyPadding === undefined ? v : (mul(v, reshape(keyPadding, [keyPadding.shape[0], 1, -1, 1])) as Tensor4D);
      return valueAlone(q, k, repeatHeads(values, site.heads));
    },
    weights: (call) => ownKeyOnly(call, site),
    stepwise: {
      start: () => ({}),
      step: (state, { q, k, v }) => ({ output: valueAlone(q, k, repeatHeads(v, site.heads)), state }),
    },
  }),
  cost: (_options, { heads, keyValueHeads, valueDim }, { batch, queries }) => ({
    flops: 0,
    // The output shares the memory of the values, unless heads share values.
    peakBytes: heads === keyValueHeads ? 0 : 4 * batch * heads * queries * valueDim,
    parameters: 0,
    stateBytes: 0,
  }),
  pattern: (_options, site) => ({ causal: site.causal, window: { before: 0, after: 0, dilation: 1 } }),
});

/** The value, with gradients of zero for query and key: a trainer need not know that they are unused. */
function valueAlone(query: Tensor4D, key: Tensor4D, value: Tensor4D): Tensor4D {
  return withGradient<Tensor4D>([query, key, value], (save) => {
    save([query, key]);
    return { value: clone(value), gradient: (dy, saved) => [...saved.map((x) => zerosLike(x)), clone(dy)] };
  });
}

/** [B,H,N,N]: 1 where the key is the query's own and not padding. */
function ownKeyOnly({ q, keyPadding }: Call, site: Site): Tensor4D {
  const [batch, , length] = q.shape;
  const own = tile(reshape(eye(length), [1, 1, length, length]), [batch, site.heads, 1, 1]);
  const real = keyPadding ?? ones([batch, length]);
  return mul(own, reshape(real, [batch, 1, 1, length])) as Tensor4D;
}
