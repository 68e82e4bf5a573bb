import type { Tensor4D } from "@tensorflow/tfjs-core";
import {
  type Call,
  defineAttention,
  keyValueCache,
  type Mechanism,
  parseOptions,
  patternCall,
  type Site,
  wholeCount,
  type WindowOptions,
  windowPattern,
  windowReach,
  windowShape,
} from "@attention-lab/attention";
import { attentionWeights, patternAttention } from "@attention-lab/ops";
import { invalid } from "@attention-lab/tensors";
import { z } from "zod";
import { longformerCost } from "./cost.ts";
import { globalProjections } from "./global-projections.ts";
import { globalRows } from "./global-rows.ts";
import { positionsOf, replaceRows } from "./rows.ts";

const who = "longformer attention";

export interface LongformerOptions extends WindowOptions {
  /** Whether the layer has the projections that global tokens need; false by default, and calls with `globals` are refused then. */
  readonly global?: boolean;
  /** How many global tokens a batch row has, for `cost` alone: calls say which they are. 0 by default. */
  readonly globalTokens?: number;
}

const schema = z.strictObject({ ...windowShape, global: z.boolean().optional(), globalTokens: wholeCount.optional() });

/**
 * Longformer (Beltagy et al. 2020, "Longformer: The Long-Document Transformer", section 3.1): exact softmax over a sliding, possibly dilated
 * window plus global keys, in one softmax and through the layer's own q, k, v. Global queries see every key through projections of their own:
 * out_i = softmax(scale q_i K_S(i)^T) V_S(i), S(i) = {j : j - i = dilation * s, -before <= s <= after} and the global positions.
 * Time and memory O(n (w + G)). A global key inside the window counts once.
 *
 * Global queries and keys are projected from the layer's input, so a rotary encoding of q and k does not reach them.
 */
export const longformer = defineAttention({
  name: "longformer",
  paper: "Beltagy et al. 2020, Longformer: The Long-Document Transformer, https://arxiv.org/abs/2004.05150",
  version: 1,
  supports: {
    causal: true,
    keyPadding: true,
    crossAttention: "a window is centred on the query's own position, which the keys of another sequence do not have",
    groupedQuery: true,
    scoreBias: true,
    relativeContent:
      "global queries are made by projections of their own, which a table for the layer's queries does not describe",
    dropout: true,
    anyLength: true,
    stepwise: true,
    weights: true,
  },
  parse: (raw): LongformerOptions => parseOptions(who, schema, raw),
  build,
  cost: (options, site, lengths) => longformerCost(options, windowPattern(who, options, site), site, lengths),
  pattern: (options, site) => windowPattern(who, options, site),
});

function build(options: LongformerOptions, site: Site): Mechanism {
  const pattern = windowPattern(who, options, site);
  const parameters = options.global === true ? globalProjections(site) : {};

  const prepare = (call: Call) => {
    const { inputs, settings: local } = patternCall(call, site, pattern);
    const { queryOffset, globals } = call;
    const positions = positionsOf(globals);
    if (positions !== undefined && options.global !== true)
      throw invalid(who, "global tokens need the option global: true", globals);
    if (positions !== undefined && queryOffset !== 0)
      throw invalid(who, "a call with global tokens starts at position 0", queryOffset);
    const settings = { ...local, globals: positions === undefined ? undefined : globals };
    const withGlobal = (rows: Tensor4D, part: "weights" | "output"): Tensor4D => {
      if (positions === undefined) return rows;
      const global = globalRows(call, { site, parameters, positions, bias: inputs.bias });
      return replaceRows(rows, global[part], positions);
    };
    return { inputs, settings, withGlobal };
  };

  return {
    parameters,
    attend(call) {
      const { inputs, settings, withGlobal } = prepare(call);
      return withGlobal(patternAttention(inputs, settings), "output");
    },
    weights(call) {
      const { inputs, settings, withGlobal } = prepare(call);
      return withGlobal(attentionWeights(inputs, settings), "weights");
    },
    ...(site.causal
      ? { stepwise: keyValueCache(site, { pattern: () => pattern, keep: () => windowReach(options) }) }
      : {}),
  };
}
