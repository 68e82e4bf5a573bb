import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import { scope, withGradient } from "@attention-lab/tensors";
import { causalFeatureAttention, wholeFeatureAttention } from "./composed-feature-attention.ts";
import { checkFeatures, type FeatureAttentionOptions, type FeatureTensors } from "./feature-call.ts";
import { hasKernel, runFused } from "./fused-kernel.ts";

/**
 * Attention by feature maps (Katharopoulos et al. 2020, equations 5 and 9; Choromanski et al. 2021, section 2.2):
 * out_i = (qf_i . sum_j kf_j (x) v_j) / (qf_i . sum_j kf_j + epsilon), [B,H,N,Dv], over all keys j or, when causal, over j <= i.
 * O(N F Dv) time; no N x M matrix in either form. Gradients pass through the denominator too.
 */
export function featureAttention(inputs: FeatureTensors, { causal, epsilon }: FeatureAttentionOptions): Tensor4D {
  checkFeatures(inputs);
  if (hasKernel("FeatureAttention")) return fused(inputs, { causal, epsilon });
  const composed = causal ? causalFeatureAttention : wholeFeatureAttention;
  return scope("featureAttention", () => composed(inputs, epsilon));
}

function fused({ qf, kf, v }: FeatureTensors, attrs: FeatureAttentionOptions): Tensor4D {
  return withGradient<Tensor4D>([qf, kf, v], (save) => {
    const [out, denominator] = runFused("FeatureAttention", { qf, kf, v }, attrs) as [Tensor4D, Tensor];
    save([qf, kf, v, out, denominator]);
    return {
      value: out,
      gradient: (dOut, saved) => {
        const [qf, kf, v, out, denominator] = saved as [Tensor, Tensor, Tensor, Tensor, Tensor];
        return runFused("FeatureAttentionGrad", { qf, kf, v, out, denominator, dOut }, attrs);
      },
    };
  });
}
