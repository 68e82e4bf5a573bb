import { reshape, type Tensor2D, type Tensor3D, unstack } from "@tensorflow/tfjs-core";

/** x [B,N,W] -> its N time steps [B,W]. A single one is reshaped, since TensorFlow.js' gradient of `unstack` fails on one slice. */
export function timeSteps(x: Tensor3D): Tensor2D[] {
  const [batch, length, width] = x.shape;
  return length === 1 ? [reshape(x, [batch, width])] : (unstack(x, 1) as Tensor2D[]);
}
