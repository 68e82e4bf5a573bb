import {
  add,
  max,
  minimum,
  mul,
  reshape,
  square,
  sum,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  transpose,
  zeros,
} from "@tensorflow/tfjs-core";
import { project, scope } from "@attention-lab/tensors";
import type { RandomFeatureOptions } from "./random-features.ts";
import { rectified } from "./rectified.ts";
import { stabilisedExponential } from "./stabilised-exponential.ts";
import { waves } from "./waves.ts";

/** Random features composed of stock operations: x [B,H,L,D], projection [F,D] -> [B,H,L,F or 2F]. */
export function composedRandomFeatures(x: Tensor4D, projection: Tensor2D, options: RandomFeatureOptions): Tensor {
  const { map, scale, bound, epsilon, keyPadding } = options;
  const products = project(x, columns(projection, scale)); // [B,H,L,F]
  if (map === "relu") return rectified(products, epsilon);
  if (map === "trigonometric") return trigonometric(x, products, options);
  const padding = keyPadding === undefined ? {} : { keyPadding };
  const divisor = Math.sqrt(projection.shape[0]);
  return stabilisedExponential(products, halfNorm(x, scale), { bound, epsilon, divisor, ...padding });
}

/** From here on e^h counts as e^60: with no maximum to subtract, e^89 would overflow float32. */
const LARGEST_HALF_NORM = 60;

function trigonometric(x: Tensor4D, angles: Tensor, { scale, bound, keyPadding }: RandomFeatureOptions): Tensor {
  const divide = Math.log(angles.shape[3] ?? 1) / 2;
  if (bound === "row") return waves(angles, zeros([...x.shape.slice(0, 3), 1]), divide);
  const real = keyPadding === undefined ? 1 : reshape(keyPadding, [keyPadding.shape[0], 1, -1, 1]);
  const half = mul(halfNorm(x, scale), real); // 0 at padding, so never the largest
  if (bound === "sequence") return waves(angles, half, add(max(half, 2, true), divide));
  return waves(angles, minimum(half, LARGEST_HALF_NORM), bound + divide);
}

/** The projection as columns, times sqrt(scale): scaling the small matrix spares a pass over x. [D,F] */
function columns(projection: Tensor2D, scale: number): Tensor2D {
  return mul(transpose(projection), Math.sqrt(scale)) as Tensor2D;
}

/** |x'|^2 / 2, [B,H,L,1]. */
function halfNorm(x: Tensor4D, scale: number): Tensor4D {
  return scope("half norm", () => mul(sum(square(x), -1, true), scale / 2) as Tensor4D);
}
