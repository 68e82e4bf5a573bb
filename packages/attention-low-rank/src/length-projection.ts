import {
  matMul,
  reshape,
  slice,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
  transpose,
} from "@tensorflow/tfjs-core";
import { scope } from "@attention-lab/tensors";

/**
 * x [B,KH,M,D] -> E^T x [B,KH,R,D], with one E [maxLength,R] for all heads or one per head [KH,maxLength,R]; a shorter x uses the first
 * M rows of E. Batch and head go into the columns (or batch alone, where every head has its own E), so that it is one matrix product,
 * and one that reads E once.
 */
export function projectLength(x: Tensor4D, e: Tensor): Tensor4D {
  return scope("projectLength", () => (e.rank === 2 ? shared(x, e as Tensor2D) : perHead(x, e as Tensor3D)));
}

function shared(x: Tensor4D, e: Tensor2D): Tensor4D {
  const [batch, heads, keys, width] = x.shape;
  const [length, rank] = e.shape;
  const rows = keys === length ? e : slice(e, [0, 0], [keys, rank]); // [M,R]
  const flat = reshape(transpose(x, [2, 0, 1, 3]), [keys, batch * heads * width]);
  const projected = matMul(rows, flat, true, false); // [R,B*KH*D]
  return transpose(reshape(projected, [rank, batch, heads, width]), [1, 2, 0, 3]) as Tensor4D;
}

function perHead(x: Tensor4D, e: Tensor3D): Tensor4D {
  const [batch, heads, keys, width] = x.shape;
  const [, length, rank] = e.shape;
  const rows = keys === length ? e : slice(e, [0, 0, 0], [heads, keys, rank]); // [KH,M,R]
  if (batch === 1)
    return reshape(matMul(rows, reshape(x, [heads, keys, width]), true, false), [1, heads, rank, width]) as Tensor4D;
  const flat = reshape(transpose(x, [1, 2, 0, 3]), [heads, keys, batch * width]);
  const projected = matMul(rows, flat, true, false); // [KH,R,B*D]
  return transpose(reshape(projected, [heads, rank, batch, width]), [2, 0, 1, 3]) as Tensor4D;
}
