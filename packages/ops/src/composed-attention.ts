/** The textbook composition: softmax(scale q k^T + bias) v over the visible keys (Vaswani et al. 2017, equation 1), O(N M) memory. */
import { add, expandDims, mul, type Tensor4D } from "@tensorflow/tfjs-core";
import { maskedSoftmax, matMulHeads, repeatHeads, scope } from "@attention-lab/tensors";
import { checkAttention, type AttentionInputs, type AttentionOptions } from "./attention-call.ts";
import { dropout } from "./dropout.ts";
import { spreadBias } from "./offset-bias.ts";
import { visibleTensor } from "./visible-tensor.ts";

/**
 * The attention matrix [B,H,N,M]: rows sum to 1 (before dropout), hidden entries are 0, and the row of a query that sees no key is all 0.
 */
export function attentionWeights(inputs: Omit<AttentionInputs, "v">, options: AttentionOptions): Tensor4D {
  const sizes = checkAttention("attentionWeights", inputs, options);
  return scope("attentionWeights", () => {
    const k = repeatHeads(inputs.k, sizes.heads); // [B,H,M,D]
    const products = mul(matMulHeads(inputs.q, k, false, true), options.scale); // [B,H,N,M]
    const scores =
      inputs.bias === undefined
        ? products
        : add(products, expandDims(spreadBias(inputs.bias, sizes.queries, sizes.keys), 0));
    const weights = maskedSoftmax(scores, visibleTensor(inputs, options, sizes)) as Tensor4D;
    return options.dropout === undefined
      ? weights
      : (dropout(weights, { ...options.dropout, training: true }) as Tensor4D);
  });
}

/** out [B,H,N,Dv] by the whole attention matrix: the baseline of published cost curves, and the fallback of `patternAttention`. */
export function composedAttention(inputs: AttentionInputs, options: AttentionOptions): Tensor4D {
  const { heads } = checkAttention("composedAttention", inputs, options);
  return scope("composedAttention", () => matMulHeads(attentionWeights(inputs, options), repeatHeads(inputs.v, heads)));
}
