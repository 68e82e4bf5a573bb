import type { Tensor, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { withGradient } from "@attention-lab/tensors";
import { checkAttention, type AttentionInputs, type AttentionOptions } from "./attention-call.ts";
import { composedAttention } from "./composed-attention.ts";
import { hasKernel, runFused } from "./fused-kernel.ts";
import type { PatternAttentionAttributes } from "./kernel-names.ts";

/**
 * Exact softmax attention over a declared pattern: out [B,H,N,Dv], where row n is the sum of v over the keys that query n sees, weighted by
 * softmax(scale q k^T + bias) over those keys. A query that sees no key gives 0 and passes no gradient. Differentiable in q, k, v and
 * bias. With the backend's kernel (FlashAttention's tiling, Dao et al. 2022, over the tiles of the pattern) memory is O(N); without it,
 * and when weights are dropped, the composition keeps an [N,M] matrix per head. Throws a RangeError when shapes disagree.
 */
export function patternAttention(inputs: AttentionInputs, options: AttentionOptions): Tensor4D {
  checkAttention("patternAttention", inputs, options);
  const drops = options.dropout !== undefined && options.dropout.rate > 0;
  const composed = drops || options.pattern.sparse !== undefined || inputs.relative !== undefined;
  return composed || !hasKernel("PatternAttention") ? composedAttention(inputs, options) : fused(inputs, options);
}

function fused({ q, k, v, keyPadding, bias }: AttentionInputs, options: AttentionOptions): Tensor4D {
  const { pattern, scale, queryOffset, globals } = options;
  const attrs: PatternAttentionAttributes = {
    pattern,
    scale,
    queryOffset,
    ...(globals === undefined ? {} : { globals }),
  };
  const differentiated = bias === undefined ? [q, k, v] : [q, k, v, bias];
  return withGradient<Tensor4D>(differentiated, (save) => {
    const [out, logSumExp] = runFused("PatternAttention", { q, k, v, ...present({ keyPadding, bias }) }, attrs) as Pair;
    save([q, k, v, out, logSumExp, ...listed(bias), ...listed(keyPadding)]);
    const hasBias = bias !== undefined;
    return {
      value: out,
      gradient: (dOut, saved) => {
        const [q, k, v, out, logSumExp, ...rest] = saved as [Tensor, Tensor, Tensor, Tensor, Tensor, ...Tensor[]];
        const optional = present({ bias: hasBias ? rest[0] : undefined, keyPadding: rest[hasBias ? 1 : 0] });
        return runFused("PatternAttentionGrad", { q, k, v, out, logSumExp, dOut, ...optional }, attrs);
      },
    };
  });
}

type Pair = [Tensor4D, Tensor];
type Optional<T> = { keyPadding?: T; bias?: T };

const listed = (tensor: Tensor | undefined): Tensor[] => (tensor === undefined ? [] : [tensor]);

/** Kernels see absent keys, never undefined values. */
function present<T extends Tensor | Tensor2D>({
  keyPadding,
  bias,
}: {
  keyPadding: T | undefined;
  bias: T | undefined;
}): Optional<T> {
  return { ...(keyPadding === undefined ? {} : { keyPadding }), ...(bias === undefined ? {} : { bias }) };
}
