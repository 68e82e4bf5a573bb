import { add, mul, type Tensor, type Tensor4D } from "@tensorflow/tfjs-core";
import { invalid, maskedSoftmax, matMulHeads, repeatHeads, scope } from "@attention-lab/tensors";

export interface DenseAttentionInputs {
  readonly q: Tensor4D; // [B,H,N,D]
  readonly k: Tensor4D; // [B,KH,M,D]
  readonly v: Tensor4D; // [B,KH,M,Dv]
  /** Added to the scaled scores; broadcasts to [B,H,N,M]. */
  readonly bias?: Tensor;
  /** 1 where the query may see the key, 0 where not; broadcasts to [B,H,N,M]. */
  readonly mask?: Tensor;
}

/**
 * softmax(scale q k^T + bias) v over the pairs that a dense mask allows, [B,H,N,Dv]. For masks and biases that no pattern and no offset
 * can say: they cost an N x M matrix, which the other variants exist to avoid. A row that sees nothing gives 0. Differentiable in q, k,
 * v and bias.
 *
 * @throws RangeError where mask or bias do not broadcast to the scores.
 */
export function denseAttention(
  { q, k, v, bias, mask }: DenseAttentionInputs,
  { scale }: { readonly scale: number },
): Tensor4D {
  const [batch, heads, queries] = q.shape;
  const scores = [batch, heads, queries, k.shape[2]];
  for (const [name, matrix] of Object.entries({ bias, mask })) {
    if (matrix !== undefined && !broadcasts(matrix.shape, scores)) {
      throw invalid("dense attention", `${name} must broadcast to [${scores.join(",")}]`, matrix.shape);
    }
  }
  return scope("denseAttention", () => {
    const products = mul(matMulHeads(q, repeatHeads(k, heads), false, true), scale); // [B,H,N,M]
    const weights = maskedSoftmax(bias === undefined ? products : add(products, bias), mask) as Tensor4D;
    return matMulHeads(weights, repeatHeads(v, heads));
  });
}

function broadcasts(shape: readonly number[], target: readonly number[]): boolean {
  if (shape.length > target.length) return false;
  return shape.every((extent, axis) => extent === 1 || extent === target[target.length - shape.length + axis]);
}
