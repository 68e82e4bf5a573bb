import { add, exp, max, mul, neg, reshape, sub, sum, type Tensor, type Tensor2D } from "@tensorflow/tfjs-core";
import { scope, withGradient } from "@attention-lab/tensors";
import type { FeatureBound } from "./kernel-names.ts";

interface Shift {
  readonly bound: FeatureBound;
  /** Added to the bound. */
  readonly constant: number;
  readonly keyPadding?: Tensor2D | undefined;
}

interface ExponentialOptions {
  readonly bound: FeatureBound;
  readonly epsilon: number;
  /** The result is divided by it; folded into the exponent, so it costs no pass. */
  readonly divisor: number;
  readonly keyPadding?: Tensor2D;
}

/**
 * (exp(u - h - bound(u)) + epsilon) / divisor with u [..., F] and h [..., 1]; the bound is a constant of the differentiation.
 * The matrix is large (N x F), so passes over it are few (maximum, subtraction, exponential, addition) and the gradient
 * keeps nothing but the result: the derivative of exp is exp.
 */
export function stabilisedExponential(u: Tensor, h: Tensor, options: ExponentialOptions): Tensor {
  const { bound, epsilon, divisor, keyPadding } = options;
  const floor = epsilon / divisor;
  return withGradient([u, h], (save) => {
    const exponent = () => sub(u, add(h, shiftOf(u, { bound, constant: Math.log(divisor), keyPadding })));
    const exponential = () => exp(scope("exponent", exponent));
    // Nested scopes: each matrix goes as soon as the next one is there.
    const value = scope("features", () => plus(scope("exponential", exponential), floor));
    save([value]);
    return {
      value,
      gradient: (dy, saved) => {
        const [features] = saved as [Tensor];
        const du = mul(dy, plus(features, -floor));
        return [du, neg(sum(du, -1, true))];
      },
    };
  });
}

function plus(x: Tensor, constant: number): Tensor {
  return constant === 0 ? x : add(x, constant);
}

/** The bound of x [B,H,L,C] plus the constant: [B,H,L,1] for "row", [B,H,1,1] for "sequence". */
function shiftOf(x: Tensor, { bound, constant, keyPadding }: Shift): Tensor | number {
  if (typeof bound === "number") return bound + constant;
  const rows = max(x, -1, true); // [B,H,L,1]
  if (bound === "row") return add(rows, constant);
  if (keyPadding === undefined) return add(max(rows, 2, true), constant);
  const real = reshape(keyPadding, [keyPadding.shape[0], 1, -1, 1]);
  const candidates = add(rows, mul(sub(real, 1), HIDDEN));
  // Where every key is padding there is no maximum: 0 instead.
  return add(mul(max(candidates, 2, true), max(real, 2, true)), constant);
}

/** Larger than any exponent: what moves a padding row out of a maximum. */
const HIDDEN = 1e30;
