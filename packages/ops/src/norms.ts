import { add, mean, mul, rsqrt, square, sub, type Tensor, type Tensor1D } from "@tensorflow/tfjs-core";
import { invalid, scope, withGradient } from "@attention-lab/tensors";
import { hasKernel, runFused } from "./fused-kernel.ts";

/**
 * Layer normalisation over the last axis (Ba, Kiros and Hinton 2016): (x - mean) / sqrt(variance + epsilon) * gamma + beta, with the
 * biased variance and epsilon inside the root. x [...,C], gamma [C], beta [C] -> [...,C].
 */
export function layerNorm(x: Tensor, gamma: Tensor1D, beta: Tensor1D, epsilon: number): Tensor {
  check("layerNorm", x, { gamma, beta });
  if (!hasKernel("FusedLayerNorm")) {
    return scope("layerNorm", () => composedLayerNorm(x, gamma, beta, epsilon));
  }
  return withGradient([x, gamma, beta], (save) => {
    const [y, statistics] = runFused("FusedLayerNorm", { x, gamma, beta }, { epsilon }) as [Tensor, Tensor];
    save([x, gamma, statistics]);
    return {
      value: y,
      gradient: (dy, saved) => {
        const [x, gamma, statistics] = saved as [Tensor, Tensor, Tensor];
        return runFused("FusedLayerNormGrad", { x, gamma, statistics, dy }, {});
      },
    };
  });
}

function composedLayerNorm(x: Tensor, gamma: Tensor1D, beta: Tensor1D, epsilon: number): Tensor {
  const centred = sub(x, mean(x, -1, true));
  const scale = rsqrt(add(mean(square(centred), -1, true), epsilon));
  return add(mul(mul(centred, scale), gamma), beta);
}

/** Root-mean-square normalisation over the last axis (Zhang and Sennrich 2019): x / sqrt(mean(x^2) + epsilon) * gamma. */
export function rmsNorm(x: Tensor, gamma: Tensor1D, epsilon: number): Tensor {
  check("rmsNorm", x, { gamma });
  return scope("rmsNorm", () => mul(mul(x, rsqrt(add(mean(square(x), -1, true), epsilon))), gamma));
}

function check(who: string, x: Tensor, vectors: Readonly<Record<string, Tensor1D>>): void {
  const width = x.shape.at(-1);
  for (const [name, vector] of Object.entries(vectors)) {
    if (vector.rank !== 1 || vector.shape[0] !== width) throw invalid(who, `${name} must be [${width}]`, vector.shape);
  }
}
