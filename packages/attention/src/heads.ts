import { reshape, type Tensor, type Tensor3D, type Tensor4D, transpose } from "@tensorflow/tfjs-core";

/** [B,N,H*D] -> [B,H,N,D]; head h owns columns h*D to (h+1)*D - 1. */
export function splitHeads(x: Tensor, heads: number): Tensor4D {
  const [batch = 0, length = 0, width = 0] = x.shape;
  return transpose(reshape(x, [batch, length, heads, width / heads]), [0, 2, 1, 3]) as Tensor4D;
}

/** [B,H,N,D] -> [B,N,H*D]. */
export function mergeHeads(x: Tensor4D): Tensor3D {
  const [batch, heads, length, width] = x.shape;
  return reshape(transpose(x, [0, 2, 1, 3]), [batch, length, heads * width]) as Tensor3D;
}
