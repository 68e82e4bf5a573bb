import { add, erf, mul, tanh, type Tensor } from "@tensorflow/tfjs-core";
import { scope, withGradient } from "@attention-lab/tensors";
import { hasKernel, runFused } from "./fused-kernel.ts";
import type { GeluForm } from "./kernel-names.ts";

/**
 * Gaussian error linear unit (Hendrycks and Gimpel 2016): x Phi(x), exactly by the error function, or by the paper's approximation
 * 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))), which GPT-2 uses. The two differ by up to 5e-4, so neither is a default.
 */
export function gelu(x: Tensor, form: GeluForm): Tensor {
  if (!hasKernel("Gelu")) return scope("gelu", () => (form === "erf" ? exact(x) : approximate(x)));
  return withGradient([x], (save) => {
    const [y = x] = runFused("Gelu", { x }, { form });
    save([x]);
    return { value: y, gradient: (dy, saved) => runFused("GeluGrad", { x: saved[0] ?? dy, dy }, { form }) };
  });
}

function exact(x: Tensor): Tensor {
  return mul(mul(x, 0.5), add(erf(mul(x, Math.SQRT1_2)), 1));
}

function approximate(x: Tensor): Tensor {
  const cubed = mul(mul(x, x), mul(x, 0.044715));
  const inner = mul(add(x, cubed), Math.sqrt(2 / Math.PI));
  return mul(mul(x, 0.5), add(tanh(inner), 1));
}
