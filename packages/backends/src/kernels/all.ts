import type { Kernels } from "../kernel.ts";
import { comparisonKernels } from "./comparisons.ts";
import { conversionKernels } from "./conversions.ts";
import { elementwiseKernels } from "./elementwise.ts";
import { featureAttentionKernels } from "./feature-attention.ts";
import { featureMapKernels } from "./feature-maps.ts";
import { layerKernels } from "./layers.ts";
import { layoutKernels } from "./layout.ts";
import { lookupKernels } from "./lookup.ts";
import { matMulKernels } from "./matmul.ts";
import { patternAttentionKernels } from "./pattern-attention.ts";
import { reductionKernels } from "./reductions.ts";
import { trainingKernels } from "./training.ts";

/** Every kernel that runs on an engine, by its TensorFlow.js name. */
export const engineKernels: Kernels = {
  ...matMulKernels,
  ...elementwiseKernels,
  ...comparisonKernels,
  ...conversionKernels,
  ...reductionKernels,
  ...layoutKernels,
  ...lookupKernels,
  ...patternAttentionKernels,
  ...featureAttentionKernels,
  ...featureMapKernels,
  ...layerKernels,
  ...trainingKernels,
};
