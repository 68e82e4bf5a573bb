/** Matrix products in the two forms that are right and fast on every backend. */
import { matMul, reshape, type Tensor, type Tensor2D, type Tensor4D } from "@tensorflow/tfjs-core";
import { scope } from "./scope.ts";

/**
 * x [...,I] times w [I,O] -> [...,O], as one matrix product over all leading axes: stock backends are an order of magnitude slower
 * on batched ones.
 */
export function project(x: Tensor, w: Tensor2D): Tensor {
  const [inputs, outputs] = w.shape;
  if (x.rank < 1 || x.shape[x.rank - 1] !== inputs) {
    throw new RangeError(`project: the last axis of x must be ${inputs} wide (w is ${shown(w)}), got x of ${shown(x)}`);
  }
  if (x.rank === 2) return matMul(x, w);
  return scope("project", () => reshape(matMul(reshape(x, [-1, inputs]), w), [...x.shape.slice(0, -1), outputs]));
}

/**
 * Batched product of a [B,H,.,.] and b [B,H,.,.]. Batch and head axes must be equal: TensorFlow.js gives silently wrong numbers where
 * they would broadcast.
 */
export function matMulHeads(a: Tensor4D, b: Tensor4D, transposeA = false, transposeB = false): Tensor4D {
  if (a.rank !== 4 || b.rank !== 4 || a.shape[0] !== b.shape[0] || a.shape[1] !== b.shape[1]) {
    throw new RangeError(`matMulHeads: batch and head axes must be equal, got ${shown(a)} and ${shown(b)}`);
  }
  return matMul(a, b, transposeA, transposeB);
}

const shown = (x: Tensor): string => `[${x.shape.join(",")}]`;
