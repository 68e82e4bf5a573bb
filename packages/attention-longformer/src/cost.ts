import {
  type Cost,
  type Lengths,
  patternCost,
  type Site,
  type WindowOptions,
  windowReach,
} from "@attention-lab/attention";
import type { Pattern } from "@attention-lab/ops";

interface GlobalOptions extends WindowOptions {
  readonly global?: boolean;
  readonly globalTokens?: number;
}

/**
 * The visible pairs of the window, two products each: exact. Global tokens are known per call only, so `globalTokens` says how many to count, as if
 * they were the first positions of every row. Each local query sees them in the same softmax; they themselves cost three projections of the input
 * (of all positions for keys and values) and a row over all keys, which is composed: its matrices and projections live until the call ends.
 */
export function longformerCost(options: GlobalOptions, pattern: Pattern, site: Site, lengths: Lengths): Cost {
  const { heads, keyValueHeads, headDim, valueDim, dModel = 0 } = site;
  const { batch, queries, keys } = lengths;
  const tokens = options.global === true ? Math.min(options.globalTokens ?? 0, queries) : 0;
  const globals = Array.from({ length: tokens }, (_, position) => position);
  const held = Math.min(queries, windowReach(options));
  const local = patternCost(site, lengths, { pattern, held, globals });
  const width = headDim + valueDim;
  const parameters = options.global === true ? (dModel + 1) * (heads * headDim + keyValueHeads * width) : 0;
  if (tokens === 0) return { ...local, parameters };
  const projected = dModel * (tokens * heads * headDim + keys * keyValueHeads * width);
  const rows = heads * tokens * keys * width;
  const copies = keyValueHeads === heads ? 0 : heads * keys * width;
  const matrices = pattern.causal ? 4 : 3;
  // Keys and values as projected and by head; matrices of scores; the output masked, its replacement, their sum and where each row comes from.
  const composed =
    2 * keys * keyValueHeads * width + copies + matrices * heads * tokens * keys + heads * queries * (3 * valueDim + 1);
  return {
    ...local,
    flops: local.flops + 2 * batch * (projected + rows),
    peakBytes: local.peakBytes + 4 * batch * composed,
    parameters,
  };
}
