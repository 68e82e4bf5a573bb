import {
  type AttentionInputs,
  type AttentionOptions,
  attentionWeights,
  countVisible,
  type Pattern,
  patternAttention,
} from "@attention-lab/ops";
import { biasTable } from "./bias-table.ts";
import type { Call, Cost, Lengths, Mechanism, Site } from "./contract.ts";
import { keyValueCache } from "./key-value-cache.ts";
import { relativeTerms } from "./relative-terms.ts";
export interface PatternMechanismOptions {
  /** Which of `keys` keys each query sees. At a causal site it must not depend on `keys`: a decoder does not know how many will follow. */
  readonly pattern: (keys: number) => Pattern;
  /** How many of the positions so far a later step can still see; absent: all. See `keyValueCache`. */
  readonly keep?: (positions: number) => number;
  /** The pattern over what `keep` left; absent: `pattern` itself. */
  readonly cachePattern?: Pattern;
}

/**
 * Exact softmax attention over a pattern, with everything that the pattern engine offers: key padding, grouped heads, bias by offset, relative
 * terms, dropout, weights, and decoding with a key-value cache where the site is causal. It holds no parameters.
 */
export function patternMechanism(site: Site, options: PatternMechanismOptions): Mechanism {
  const { pattern, keep, cachePattern } = options;
  const prepared = (call: Call) => patternCall(call, site, pattern(call.k.shape[2]));
  const cache = { pattern: cachePattern === undefined ? pattern : () => cachePattern, keep };
  return {
    parameters: {},
    attend(call) {
      const { inputs, settings } = prepared(call);
      return patternAttention(inputs, settings);
    },
    weights(call) {
      const { inputs, settings } = prepared(call);
      return attentionWeights(inputs, settings);
    },
    ...(site.causal ? { stepwise: keyValueCache(site, cache) } : {}),
  };
}

/** What the pattern engine takes, of a call at a site: the bias's table, relative terms, and dropout in training only. */
export function patternCall(
  call: Call,
  site: Site,
  pattern: Pattern,
): { readonly inputs: AttentionInputs; readonly settings: AttentionOptions } {
  const { q, k, v, keyPadding, queryOffset, training, step } = call;
  const { scale, dropout: rate, seed } = site;
  const bias = biasTable(site, { queries: q.shape[2], keys: k.shape[2], queryOffset });
  const dropout = training && rate > 0 ? { rate, seed, step } : undefined;
  return {
    inputs: { q, k, v, keyPadding, bias, relative: relativeTerms(site) },
    settings: { pattern, scale, queryOffset, dropout },
  };
}

export interface PatternCostOptions {
  readonly pattern: Pattern;
  /** Positions whose keys and values the decoding state holds; absent: all. */
  readonly held?: number;
  /** Positions of global keys, the same in every batch row. */
  readonly globals?: readonly number[];
  /** Visible pairs over all heads, where the variant counts them faster than `countVisible` does. */
  readonly pairs?: number;
}

/**
 * Exact cost of attention over a pattern: two products for each visible pair, 2 (D + Dv) operations; the output and the log-sum-exp that its gradient
 * needs; and the keys and values of the decoding state. A backend without the kernel holds N x M matrices besides.
 */
export function patternCost(site: Site, lengths: Lengths, options: PatternCostOptions): Cost {
  const { heads, keyValueHeads, headDim, valueDim } = site;
  const { batch, queries, keys } = lengths;
  const { pattern, held = queries, globals = [] } = options;
  const size = { heads, queries, keys, queryOffset: 0, globals: [globals] };
  const { pairs = countVisible(pattern, size) } = options;
  return {
    flops: 2 * batch * pairs * (headDim + valueDim),
    peakBytes: 4 * batch * heads * queries * (valueDim + 1),
    parameters: 0,
    stateBytes: 4 * batch * keyValueHeads * held * (headDim + valueDim),
  };
}
