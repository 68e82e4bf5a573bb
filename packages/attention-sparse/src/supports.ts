import type { Support } from "@attention-lab/attention";

/** Patterns over pairs of positions, which may belong to two sequences. */
export const pairSupports = {
  causal: true,
  keyPadding: true,
  crossAttention: true,
  groupedQuery: true,
  scoreBias: true,
  relativeContent: true,
  dropout: true,
  anyLength: true,
  stepwise: true,
  weights: true,
} as const satisfies Support;

/** Patterns around a query's own position. */
export const sequenceSupports = {
  ...pairSupports,
  crossAttention: "the pattern is laid around the query's own position, which the keys of another sequence do not have",
} as const satisfies Support;
