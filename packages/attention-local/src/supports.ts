import type { Support } from "@attention-lab/attention";

/** Both forms are the pattern engine over one sequence. */
export const localSupports = {
  causal: true,
  keyPadding: true,
  crossAttention:
    "the keys that a query sees lie around its own position, which the keys of another sequence do not have",
  groupedQuery: true,
  scoreBias: true,
  relativeContent: true,
  dropout: true,
  anyLength: true,
  stepwise: true,
  weights: true,
} as const satisfies Support;
