import type { TrialCost } from "./trial-cost.ts";

interface Measured {
  readonly batch: number;
  readonly heads: number;
  readonly length: number;
  readonly headDim: number;
  readonly warmups: number;
  readonly repeats: number;
}

/** A repeat of a short call is as many calls as take so long; finding how many takes about as long again. */
const measurableSeconds = 0.02;
const preparations = 5;
/** Of one normal number on the host, roughly: with long sequences the inputs take longer than a cheap layer. */
const drawSeconds = 8e-8;

/** What measuring a layer takes, all repeats and the inputs included, given what one call is predicted to cost. */
export function measuredCost(
  { flops, peakBytes }: { readonly flops: number; readonly peakBytes: number },
  { batch, heads, length, headDim, warmups, repeats }: Measured,
): TrialCost {
  const inputs = 4 * batch * heads * length * headDim; // q, k, v and a cotangent, drawn for the memory and for the time
  // Every repeat is preceded by a call that fills the caches.
  const calls = 2 * repeats + warmups + preparations + 1;
  return {
    operations: calls * flops,
    bytes: peakBytes + 4 * inputs,
    seconds: (repeats + preparations) * measurableSeconds + 2 * inputs * drawSeconds,
  };
}
