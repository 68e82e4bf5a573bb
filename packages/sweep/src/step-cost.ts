import type { Cost } from "@attention-lab/attention";

interface Shape {
  readonly batch: number;
  readonly heads: number;
  readonly length: number;
  readonly headDim: number;
}

/**
 * Cost of `attend` and its backward. Each product of the forward pass has two in the backward one, hence three times the
 * operations; the gradients of q, k, v and of the parameters live beside what the forward pass holds.
 */
export function stepCost(forward: Cost, { batch, heads, length, headDim }: Shape): Cost {
  const gradients = 4 * (3 * batch * heads * length * headDim + forward.parameters);
  return { ...forward, flops: 3 * forward.flops, peakBytes: forward.peakBytes + gradients };
}
