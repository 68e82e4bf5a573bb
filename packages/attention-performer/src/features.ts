import {
  add,
  div,
  max,
  minimum,
  mul,
  reshape,
  square,
  sum,
  type Tensor2D,
  type Tensor4D,
  transpose,
  zeros,
} from "@tensorflow/tfjs-core";
import { project, scope } from "@attention-lab/tensors";
import { rectified } from "./rectified.ts";
import { type Bound, stabilisedExponential } from "./stabilised-exponential.ts";
import { waves } from "./waves.ts";

export type { Bound } from "./stabilised-exponential.ts";

export interface FeatureOptions {
  /** phi(q) . phi(k) estimates exp(scale q.k): both sides are multiplied by sqrt(scale), d^(-1/4) for the usual 1/sqrt(d). */
  readonly scale: number;
  /** What is subtracted from the exponent: see `Bound`. Maxima are constants of the differentiation, as in the authors' code. */
  readonly bound: Bound;
  /** [B,M], 1 = a real key: padding takes no part in a maximum over the sequence. */
  readonly keyPadding?: Tensor2D;
}

/**
 * Positive random features (Choromanski et al. 2021, lemma 1; stabilised as in the authors' code):
 * phi_r(x) = F^(-1/2) (exp(w_r.x' - |x'|^2/2 - bound) + epsilon), x' = sqrt(scale) x. "row" and "sequence" are maxima of w.x'.
 *
 * @param x [B,H,L,D]
 * @param projection [F,D], rows w_r
 * @returns [B,H,L,F]
 */
export function positiveFeatures(
  x: Tensor4D,
  projection: Tensor2D,
  { scale, ...options }: FeatureOptions & { readonly epsilon: number },
): Tensor4D {
  return scope("positiveFeatures", () => {
    const divisor = Math.sqrt(projection.shape[0]);
    const products = project(x, columns(projection, scale)); // [B,H,L,F]
    return stabilisedExponential(products, halfNorm(x, scale), { ...options, divisor }) as Tensor4D;
  });
}

/** From here on e^h counts as e^60: with no maximum to subtract, e^89 would overflow float32. */
const LARGEST_HALF_NORM = 60;

/**
 * Trigonometric random features (Rahimi and Recht 2007; Choromanski et al. 2021, section 2.3):
 * phi(x) = F^(-1/2) exp(|x'|^2/2 - bound) [cos(w_1.x'), ..., cos(w_F.x'), sin(w_1.x'), ..., sin(w_F.x')].
 * "row" drops the exponential factor, which is common to a query's features and cancels; "sequence" subtracts the largest
 * |k'|^2/2; a constant is subtracted after |x'|^2/2 was cut at 60. Features may be negative, so a denominator can come close
 * to 0: that instability is why the paper prefers positive features.
 *
 * @param x [B,H,L,D]
 * @param projection [F,D], rows w_r
 * @returns [B,H,L,2F]
 */
export function trigonometricFeatures(x: Tensor4D, projection: Tensor2D, options: FeatureOptions): Tensor4D {
  return scope("trigonometricFeatures", () => {
    const { scale, bound, keyPadding } = options;
    const angles = project(x, columns(projection, scale)); // [B,H,L,F]
    const divide = Math.log(projection.shape[0]) / 2;
    if (bound === "row") return waves(angles, zeros([...x.shape.slice(0, 3), 1]), divide) as Tensor4D;
    const real = keyPadding === undefined ? 1 : reshape(keyPadding, [keyPadding.shape[0], 1, -1, 1]);
    const half = mul(halfNorm(x, scale), real); // 0 at padding, so never the largest
    if (bound === "sequence") return waves(angles, half, add(max(half, 2, true), divide)) as Tensor4D;
    return waves(angles, minimum(half, LARGEST_HALF_NORM), bound + divide) as Tensor4D;
  });
}

/**
 * ReLU features, the paper's generalised attention (Choromanski et al. 2021, section 2.2; epsilon as in the authors' code):
 * phi_r(x) = max(0, w_r.x') + epsilon. Without the factor F^(-1/2), which cancels in the quotient.
 *
 * @param x [B,H,L,D]
 * @param projection [F,D], rows w_r
 * @returns [B,H,L,F]
 */
export function reluFeatures(
  x: Tensor4D,
  projection: Tensor2D,
  { scale, epsilon }: { readonly scale: number; readonly epsilon: number },
): Tensor4D {
  return scope("reluFeatures", () => rectified(project(x, columns(projection, scale)), epsilon) as Tensor4D);
}

/**
 * Query features divided by their sum. A quotient does not change by it; but with an epsilon in its denominator the epsilon then counts as if it were
 * added to every component of the sum of key features: (q / sum q).z + e = q.(z + e 1) / sum q.
 */
export function sumToOne(queryFeatures: Tensor4D): Tensor4D {
  return scope("sumToOne", () => div(queryFeatures, sum(queryFeatures, -1, true)) as Tensor4D);
}

/** The projection as columns, times sqrt(scale): scaling the small matrix spares a pass over x. [D,F] */
function columns(projection: Tensor2D, scale: number): Tensor2D {
  return mul(transpose(projection), Math.sqrt(scale)) as Tensor2D;
}

/** |x'|^2 / 2, [B,H,L,1]. */
function halfNorm(x: Tensor4D, scale: number): Tensor4D {
  return scope("half norm", () => mul(sum(square(x), -1, true), scale / 2) as Tensor4D);
}

/** What a key's positive features may reach before a constant is subtracted: e^40 leaves room for sums over any sequence. */
const LARGEST_EXPONENT = 40;

/**
 * A bound for causal keys that looks at no data, so that it cannot leak the future. The exponent w.k - |k|^2/2 equals
 * |w|^2/2 - |w - k|^2/2 and is at most |w|^2/2 whatever the key; and the mean of exp(w.k - |k|^2/2) over w is exactly 1 for every
 * key, so 1 is the natural scale of a feature and `epsilon` means what it means beside a maximum. Hence 0, unless some
 * |w|^2/2 is above 40 (head widths from about 64 on): then the excess, which keeps float32 from overflowing.
 *
 * @param directions [F,D] on the host.
 */
export function keyBound(directions: Float32Array, d: number): number {
  let largest = 0;
  for (let start = 0; start < directions.length; start += d) {
    const norm = directions.subarray(start, start + d).reduce((total, w) => total + w * w, 0);
    largest = Math.max(largest, norm / 2);
  }
  return Math.max(0, largest - LARGEST_EXPONENT);
}
