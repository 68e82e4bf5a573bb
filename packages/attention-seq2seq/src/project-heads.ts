import { matMul, reshape, type Tensor, type Tensor3D, type Tensor4D, transpose } from "@tensorflow/tfjs-core";
import { scope } from "@attention-lab/tensors";

/**
 * Each head's rows times that head's own matrix: x [B,H,N,D], w [H,D,A] -> [H,B,N,A]. Heads come first in the result, so that the next
 * product with something of each head is one product per head again.
 */
export function projectHeads(x: Tensor4D, w: Tensor): Tensor4D {
  const [batch, heads, length, width] = x.shape;
  return scope("projectHeads", () => {
    const rows = reshape(headsFirst(x), [heads, batch * length, width]);
    return reshape(matMul(rows, w as Tensor3D), [heads, batch, length, w.shape[2] ?? 0]);
  });
}

/** [B,H,N,D] -> [H,B,N,D]; its own inverse. With one head or one batch row the numbers stay where they are. */
export function headsFirst(x: Tensor4D): Tensor4D {
  const [batch, heads, length, width] = x.shape;
  if (batch === 1 || heads === 1) return reshape(x, [heads, batch, length, width]);
  return transpose(x, [1, 0, 2, 3]);
}
