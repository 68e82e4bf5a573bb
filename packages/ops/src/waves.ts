import { add, concat, cos, exp, mul, neg, sin, split, sub, sum, type Tensor } from "@tensorflow/tfjs-core";
import { scope, withGradient } from "@attention-lab/tensors";

/**
 * exp(h - shift) [cos u, sin u] with u [..., F] and h [..., 1] -> [..., 2F]; `shift` is a constant of the differentiation.
 * The gradient needs nothing but the result (C, S): du = dS C - dC S, dh = sum(dy y).
 */
export function waves(u: Tensor, h: Tensor, shift: Tensor | number): Tensor {
  return withGradient([u, h], (save) => {
    const value = scope("waves", () => {
      const factor = exp(sub(h, shift));
      return concat([scope("cos", () => mul(cos(u), factor)), scope("sin", () => mul(sin(u), factor))], -1);
    });
    save([value]);
    return { value, gradient: waveGradients };
  });
}

function waveGradients(dy: Tensor, saved: Tensor[]): Tensor[] {
  const [y] = saved as [Tensor];
  const [cosine, sine] = split(y, 2, -1) as [Tensor, Tensor];
  const [dCosine, dSine] = split(dy, 2, -1) as [Tensor, Tensor];
  return [add(mul(dSine, cosine), neg(mul(dCosine, sine))), sum(mul(dy, y), -1, true)];
}
