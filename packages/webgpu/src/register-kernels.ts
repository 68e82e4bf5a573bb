import { registerKernel } from "@tensorflow/tfjs-core";
import { attentionKernels } from "./attention/kernels.ts";
import { featureKernels } from "./features/kernels.ts";
import { randomFeatureKernels } from "./features/random-features.ts";
import type { Kernels } from "./kernel.ts";
import { adamKernels } from "./layers/adam.ts";
import { crossEntropyKernels } from "./layers/cross-entropy.ts";
import { elementwiseKernels } from "./layers/elementwise.ts";
import { layerNormKernels } from "./layers/layer-norm.ts";
import { linearKernels } from "./layers/linear.ts";
import { repairSumOfMany } from "./sum-of-many.ts";

const kernels: Kernels = {
  ...attentionKernels,
  ...featureKernels,
  ...randomFeatureKernels,
  ...linearKernels,
  ...layerNormKernels,
  ...elementwiseKernels,
  ...crossEntropyKernels,
  ...adamKernels,
};

let registered = false;

export function registerKernels(backendName: string): void {
  if (registered) return;
  registered = true;
  repairSumOfMany(backendName);
  for (const [kernelName, kernelFunc] of Object.entries(kernels))
    registerKernel({ kernelName, backendName, kernelFunc });
}
