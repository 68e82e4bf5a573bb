import { concat, div, neg, sum, type Tensor2D, type Tensor4D } from "@tensorflow/tfjs-core";
import { type FeatureBound, randomFeatures } from "@attention-lab/ops";
import { scope } from "@attention-lab/tensors";

/**
 * What is subtracted from exponents [B,H,L,F] before exp: "row" the largest of each row (queries), "sequence" the largest over
 * the real positions and features of one batch row and head (keys; it sees the future, so never causal), or a constant.
 */
export type Bound = FeatureBound;

export interface FeatureOptions {
  /** phi(q) . phi(k) estimates exp(scale q.k): both sides are multiplied by sqrt(scale), d^(-1/4) for the usual 1/sqrt(d). */
  readonly scale: number;
  /** What is subtracted from the exponent: see `Bound`. Maxima are constants of the differentiation, as in the authors' code. */
  readonly bound: Bound;
  /** [B,M], 1 = a real key: padding takes no part in a maximum over the sequence. */
  readonly keyPadding?: Tensor2D;
  /** The projection has no gradient: the features may then be made by one kernel. */
  readonly constantDirections?: boolean;
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
  options: FeatureOptions & { readonly epsilon: number },
): Tensor4D {
  return randomFeatures(x, projection, { ...options, map: "positive" });
}

/**
 * Hyperbolic positive features (Choromanski et al. 2021, lemma 1): each direction and its opposite,
 * phi(x) = (2F)^(-1/2) (exp(-|x'|^2/2 - bound) [exp(w_1.x'), ..., exp(w_F.x'), exp(-w_1.x'), ..., exp(-w_F.x')] + epsilon).
 * The variance is below that of positive features with 2F independent directions (lemma 2). Arguments as for `positiveFeatures`.
 * @returns [B,H,L,2F]
 */
export function hyperbolicFeatures(
  x: Tensor4D,
  projection: Tensor2D,
  options: FeatureOptions & { readonly epsilon: number },
): Tensor4D {
  return scope("hyperbolicFeatures", () => positiveFeatures(x, concat([projection, neg(projection)]), options));
}

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
  return randomFeatures(x, projection, { ...options, map: "trigonometric", epsilon: 0 });
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
  options: Pick<FeatureOptions, "scale" | "constantDirections"> & { readonly epsilon: number },
): Tensor4D {
  return randomFeatures(x, projection, { ...options, map: "relu", bound: 0 });
}

/**
 * Query features divided by their sum. A quotient does not change by it; but with an epsilon in its denominator the epsilon then counts as if it were
 * added to every component of the sum of key features: (q / sum q).z + e = q.(z + e 1) / sum q.
 */
export function sumToOne(queryFeatures: Tensor4D): Tensor4D {
  return scope("sumToOne", () => div(queryFeatures, sum(queryFeatures, -1, true)) as Tensor4D);
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
