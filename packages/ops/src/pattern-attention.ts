import type { Tensor4D } from "@tensorflow/tfjs-core";
import { checkAttention, type AttentionInputs, type AttentionOptions } from "./attention-call.ts";
import { composedAttention } from "./composed-attention.ts";
import { fusedAttention } from "./fused-attention.ts";
import { hasKernel } from "./fused-kernel.ts";

/**
 * Exact softmax attention over a declared pattern: out [B,H,N,Dv], where row n is the sum of v over the keys that query n sees, weighted by
 * softmax(scale q k^T + bias) over those keys. A query that sees no key gives 0 and passes no gradient. Differentiable in q, k, v, bias and
 * the tables of relative terms. With the backend's kernel (FlashAttention's tiling, Dao et al. 2022, over the tiles of the pattern) memory is
 * O(N), dropout of weights included; without it, and for relative terms on both sides, the composition keeps an [N,M] matrix per head.
 * Throws a RangeError when shapes disagree.
 */
export function patternAttention(inputs: AttentionInputs, options: AttentionOptions): Tensor4D {
  checkAttention("patternAttention", inputs, options);
  const fused = hasKernel("PatternAttention") && inputs.relative?.sides !== "both";
  return fused ? fusedAttention(inputs, options) : composedAttention(inputs, options);
}
