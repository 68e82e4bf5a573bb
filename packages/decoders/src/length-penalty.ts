import { invalid } from "@attention-lab/tensors";

/**
 * How the log-probability of a hypothesis of n tokens, its stop token counted and its prompt not, becomes its score: it is divided by
 *
 * - "gnmt": ((5 + n) / 6)^alpha (Wu et al. 2016, eq. 14);
 * - "power": n^alpha, which is Hugging Face's `length_penalty`; alpha 1 is the mean log-probability.
 *
 * alpha 0 divides by 1. A larger alpha favours longer hypotheses, as log-probabilities are negative.
 */
export interface LengthPenalty {
  readonly rule: "gnmt" | "power";
  readonly alpha: number;
}

/** The divisor for n tokens. Errors: RangeError for an unknown rule or an alpha that is not finite. */
export function lengthDivisor({ rule, alpha }: LengthPenalty): (n: number) => number {
  if (!Number.isFinite(alpha)) throw invalid("length penalty", "alpha must be a finite number", alpha);
  if (rule === "gnmt") return (n) => ((5 + n) / 6) ** alpha;
  if (rule === "power") return (n) => n ** alpha;
  throw invalid("length penalty", 'rule must be "gnmt" or "power"', rule);
}
