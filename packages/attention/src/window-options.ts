import type { Pattern, Window } from "@attention-lab/ops";
import { invalid, positiveInteger } from "@attention-lab/tensors";
import { z } from "zod";
import type { Site } from "./contract.ts";
import { positiveCount } from "./parse-options.ts";

/** A sliding window around each query, itself not counted. */
export interface WindowOptions {
  /** Keys before the query that it sees. A published window of w keys in all is before = after = w / 2. */
  readonly before: number;
  /** Keys after the query that it sees; a causal layer sees none of them. */
  readonly after: number;
  /** Positions between neighbouring keys of the window, one number or one per head; 1 by default: no gaps. */
  readonly dilation?: number | readonly number[];
}

const sideRule = "must be a whole number, 0 or more";
/** A whole number, 0 or more. */
export const wholeCount = z.int({ error: sideRule }).min(0, { error: sideRule });

/** The options of a window, for the schema of a variant that has one. */
export const windowShape = {
  before: wholeCount,
  after: wholeCount,
  dilation: z.union([positiveCount, z.array(positiveCount)]).optional(),
};

/** The pattern of a window; throws one sentence for a window that is none, or dilations that do not match the site's heads. */
export function windowPattern(who: string, options: WindowOptions, { causal, heads }: Site): Pattern {
  const { before, after, dilation = 1 } = options;
  for (const [name, value] of Object.entries({ before, after })) {
    if (!Number.isInteger(value) || value < 0) throw invalid(who, `${name} ${sideRule}`, value);
  }
  const perHead = typeof dilation === "number" ? [dilation] : dilation;
  for (const value of perHead) positiveInteger(who, "dilation", value);
  if (typeof dilation !== "number" && perHead.length !== heads) {
    throw invalid(who, `dilation must have one number for each of ${heads} heads`, dilation);
  }
  const window: Window = { before, after, dilation };
  return { causal, window };
}

/** How many positions back the window of any head reaches. */
export function windowReach({ before, dilation = 1 }: WindowOptions): number {
  return before * (typeof dilation === "number" ? dilation : Math.max(...dilation));
}
