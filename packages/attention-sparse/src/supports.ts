import { type Support, supportsEverything } from "@attention-lab/attention";

/** Patterns around a query's own position. */
export const sequenceSupports = {
  ...supportsEverything,
  crossAttention: "the pattern is laid around the query's own position, which the keys of another sequence do not have",
} as const satisfies Support;
