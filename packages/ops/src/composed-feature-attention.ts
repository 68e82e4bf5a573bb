/**
 * Feature-map attention composed of stock operations. A column of ones beside v makes one contraction give numerator and denominator:
 * [numerator | denominator] = qf (kf^T [v | 1]).
 */
import { add, concat, div, mul, ones, slice, tensor, zeros, type Tensor, type Tensor4D } from "@tensorflow/tfjs-core";
import { carry, matMulHeads, repeatHeads } from "@attention-lab/tensors";
import type { FeatureTensors } from "./feature-call.ts";

/** Positions per chunk of the causal form. */
const chunk = 64;

/** Every query sees every key. */
export function wholeFeatureAttention({ qf, kf, v }: FeatureTensors, epsilon: number): Tensor4D {
  const state = matMulHeads(kf, withOnes(v), true); // [B,KH,F,Dv+1]
  return quotient(matMulHeads(qf, repeatHeads(state, qf.shape[1])), epsilon);
}

/**
 * Query i sees keys 0 .. i. Chunk by chunk: past chunks through their summed state, the own chunk through a triangle of at most 64 x 64
 * scores, so that nothing grows with N M.
 */
export function causalFeatureAttention({ qf, kf, v }: FeatureTensors, epsilon: number): Tensor4D {
  const [batch, heads, queries, features] = qf.shape;
  const keys = kf.shape[2];
  const widened = withOnes(v); // [B,KH,M,Dv+1]
  let state: Chunks = { past: zeros([batch, kf.shape[1], features, widened.shape[3]]), outputs: [] };
  for (let begin = 0; begin < queries; begin += chunk) {
    const end = Math.max(begin, Math.min(begin + chunk, keys));
    state = carry(state, ({ past, outputs }) => {
      const q = rows(qf, begin, Math.min(begin + chunk, queries)); // [B,H,C,F]
      const before = matMulHeads(q, repeatHeads(past, heads)); // [B,H,C,Dv+1]
      if (end === begin) return { past, outputs: [...outputs, before] };
      const own = { q, k: rows(kf, begin, end), v: rows(widened, begin, end) };
      return {
        past: add(past, matMulHeads(own.k, own.v, true)),
        outputs: [...outputs, add(before, withinChunk(own, heads))],
      };
    });
  }
  return quotient(concat(state.outputs, 2), epsilon);
}

/** The sum over the keys of all chunks so far [B,KH,F,Dv+1], and the finished rows [B,H,C,Dv+1] of each. */
type Chunks = { past: Tensor4D; outputs: Tensor4D[] };

/** The part of a chunk's own keys, up to each query's position: [B,H,C,Dv+1]. */
function withinChunk({ q, k, v }: { q: Tensor4D; k: Tensor4D; v: Tensor4D }, heads: number): Tensor4D {
  const scores = matMulHeads(q, repeatHeads(k, heads), false, true); // [B,H,C,C']
  const seen: Tensor4D = mul(scores, triangle(q.shape[2], k.shape[2]));
  return matMulHeads(seen, repeatHeads(v, heads));
}

function withOnes(v: Tensor4D): Tensor4D {
  const [batch, heads, keys] = v.shape;
  return concat([v, ones<Tensor4D["rankType"]>([batch, heads, keys, 1])], 3);
}

/** [B,H,N,Dv+1] -> [B,H,N,Dv]: all columns over the last one. */
function quotient(both: Tensor4D, epsilon: number): Tensor4D {
  const [batch, heads, queries, width] = both.shape;
  const numerator = slice(both, [0, 0, 0, 0], [batch, heads, queries, width - 1]);
  const denominator = slice(both, [0, 0, 0, width - 1], [batch, heads, queries, 1]);
  return div(numerator, add(denominator, epsilon));
}

function rows(x: Tensor4D, begin: number, end: number): Tensor4D {
  const [batch, heads, , width] = x.shape;
  return slice(x, [0, 0, begin, 0], [batch, heads, end - begin, width]);
}

/** 1 where column <= row. */
function triangle(queries: number, keys: number): Tensor {
  const values = Float32Array.from({ length: queries * keys }, (_, i) => (i % keys <= Math.floor(i / keys) ? 1 : 0));
  return tensor(values, [1, 1, queries, keys]);
}
