import type { Tensor4D } from "@tensorflow/tfjs-core";
import {
  biasTable,
  type Call,
  type Cost,
  defineAttention,
  type Lengths,
  type Mechanism,
  parseOptions,
  positiveCount,
  type Site,
} from "@attention-lab/attention";
import { attentionWeights, countVisible, type Pattern, patternAttention } from "@attention-lab/ops";
import { invalid, positiveInteger } from "@attention-lab/tensors";
import { z } from "zod";
import { globalProjections } from "./global-projections.ts";
import { globalRows } from "./global-rows.ts";
import { positionsOf, replaceRows } from "./rows.ts";
import { windowCache } from "./window-cache.ts";

const who = "longformer attention";

export interface LongformerOptions {
  /** Keys before the query that it sees, itself not counted. The paper's window w is before = after = w / 2. */
  readonly before: number;
  /** Keys after the query that it sees; a causal layer sees none of them. */
  readonly after: number;
  /** Positions between neighbouring keys of the window, one number or one per head; 1 by default: no gaps. */
  readonly dilation?: number | readonly number[];
  /** Whether the layer has the projections that global tokens need; false by default, and calls with `globals` are refused then. */
  readonly global?: boolean;
}

const side = z
  .int({ error: "must be a whole number, 0 or more" })
  .min(0, { error: "must be a whole number, 0 or more" });
const schema = z.strictObject({
  before: side,
  after: side,
  dilation: z.union([positiveCount, z.array(positiveCount)]).optional(),
  global: z.boolean().optional(),
});

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
    relativeContent: "its kernel adds a bias for each offset, not a product of the query with a vector for each offset",
    dropout: true,
    anyLength: true,
    stepwise: true,
    weights: true,
  },
  parse: (raw): LongformerOptions => {
    const { dilation, global, ...window } = parseOptions(who, schema, raw);
    return { ...window, ...(dilation === undefined ? {} : { dilation }), ...(global === undefined ? {} : { global }) };
  },
  build,
  cost,
  pattern: patternOf,
});

function patternOf(options: LongformerOptions, { causal, heads }: Site): Pattern {
  const { before, after, dilation = 1 } = options;
  for (const [name, value] of Object.entries({ before, after })) {
    if (!Number.isInteger(value) || value < 0) throw invalid(who, `${name} must be a whole number, 0 or more`, value);
  }
  const perHead = typeof dilation === "number" ? [dilation] : dilation;
  for (const value of perHead) positiveInteger(who, "dilation", value);
  if (typeof dilation !== "number" && perHead.length !== heads) {
    throw invalid(who, `dilation must have one number for each of ${heads} heads`, dilation);
  }
  return { causal, window: { before, after, dilation } };
}

/** How many positions back the window of any head reaches. */
function reachOf({ before, dilation = 1 }: LongformerOptions): number {
  return before * (typeof dilation === "number" ? dilation : Math.max(...dilation));
}

function build(options: LongformerOptions, site: Site): Mechanism {
  const pattern = patternOf(options, site);
  const parameters = options.global === true ? globalProjections(site) : {};

  const prepare = (call: Call) => {
    const { q, k, v, keyPadding, queryOffset, globals, training, step } = call;
    const positions = positionsOf(globals);
    if (positions !== undefined && options.global !== true)
      throw invalid(who, "global tokens need the option global: true", globals);
    if (positions !== undefined && queryOffset !== 0)
      throw invalid(who, "a call with global tokens starts at position 0", queryOffset);
    const { scale, dropout: rate, seed } = site;
    const bias = biasTable(site, { queries: q.shape[2], keys: k.shape[2], queryOffset });
    const dropout = training && rate > 0 ? { rate, seed, step } : undefined;
    const inputs = { q, k, v, keyPadding, bias };
    const settings = { pattern, scale, queryOffset, globals: positions === undefined ? undefined : globals, dropout };
    const withGlobal = (local: Tensor4D, part: "weights" | "output"): Tensor4D => {
      if (positions === undefined) return local;
      const global = globalRows(call, { site, parameters, positions, bias });
      return replaceRows(local, global[part], positions);
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
    ...(site.causal ? { stepwise: windowCache(site, pattern, reachOf(options)) } : {}),
  };
}

/** Exact: the visible pairs of the window, two products each. Global tokens are known per call only and are not counted. */
function cost(options: LongformerOptions, site: Site, { batch, queries, keys }: Lengths): Cost {
  const { heads, keyValueHeads, headDim, valueDim, dModel = 0 } = site;
  const pairs = countVisible(patternOf(options, site), { heads, queries, keys, queryOffset: 0 });
  const outputs = heads * headDim + keyValueHeads * (headDim + valueDim);
  return {
    flops: 2 * batch * pairs * (headDim + valueDim),
    peakBytes: 4 * batch * heads * queries * (valueDim + 1), // the output and the log-sum-exp that its gradient needs
    parameters: options.global === true ? (dModel + 1) * outputs : 0,
    stateBytes: 4 * batch * keyValueHeads * Math.min(queries, reachOf(options)) * (headDim + valueDim),
  };
}
