import { type Support, supportsEverything } from "@attention-lab/attention";

/** Both forms are the pattern engine over one sequence. */
export const localSupports = {
  ...supportsEverything,
  crossAttention:
    "the keys that a query sees lie around its own position, which the keys of another sequence do not have",
} as const satisfies Support;
