/** The textbook composition: softmax(scale q k^T + bias) v over the visible keys (Vaswani et al. 2017, equation 1), O(N M) memory. */
import { add, expandDims, mul, type Tensor, type Tensor4D } from "@tensorflow/tfjs-core";
import { maskedSoftmax, matMulHeads, repeatHeads, scope } from "@attention-lab/tensors";
import { checkAttention, type AttentionInputs, type AttentionOptions, type AttentionSizes } from "./attention-call.ts";
import { spreadBias } from "./offset-bias.ts";
import { relativeMatrix, relativeOutput, weightsByOffset } from "./relative-terms.ts";
import { visibleTensor } from "./visible-tensor.ts";
import { dropWeights, weightDropout } from "./weight-dropout.ts";

/**
 * The attention matrix [B,H,N,M]: rows sum to 1 (before dropout), hidden entries are 0, and the row of a query that sees no key is all 0.
 */
export function attentionWeights(inputs: Omit<AttentionInputs, "v">, options: AttentionOptions): Tensor4D {
  const sizes = checkAttention("attentionWeights", inputs, options);
  return scope("attentionWeights", () => {
    const scores = scoresOf(inputs, options, sizes); // [B,H,N,M]
    const weights = maskedSoftmax(scores, visibleTensor(inputs, options, sizes)) as Tensor4D;
    const dropped = weightDropout(options.dropout);
    return dropped === undefined ? weights : dropWeights(weights, dropped);
  });
}

function scoresOf(inputs: Omit<AttentionInputs, "v">, options: AttentionOptions, sizes: AttentionSizes): Tensor4D {
  const { q, bias, relative } = inputs;
  const { scale, queryOffset } = options;
  const k = repeatHeads(inputs.k, sizes.heads); // [B,H,M,D]
  const terms: Tensor[] = [mul(matMulHeads(q, k, false, true), scale)];
  if (bias !== undefined) terms.push(expandDims(spreadBias(bias, sizes.queries, sizes.keys), 0));
  if (relative !== undefined) terms.push(relativeMatrix(q, k, relative, scale, { ...sizes, queryOffset }));
  return terms.reduce((total, term) => add(total, term)) as Tensor4D;
}

/** out [B,H,N,Dv] by the whole attention matrix: the baseline of published cost curves, and the fallback of `patternAttention`. */
export function composedAttention(inputs: AttentionInputs, options: AttentionOptions): Tensor4D {
  const { heads } = checkAttention("composedAttention", inputs, options);
  const { relative } = inputs;
  return scope("composedAttention", () => {
    const weights = attentionWeights(inputs, options);
    const out = matMulHeads(weights, repeatHeads(inputs.v, heads));
    if (relative?.values === undefined) return out;
    return relativeOutput(out, weightsByOffset(weights, relative.clip, options.queryOffset), relative.values);
  });
}
