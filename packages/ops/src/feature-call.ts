import type { Tensor4D } from "@tensorflow/tfjs-core";
import { invalid } from "@attention-lab/tensors";

export interface FeatureTensors {
  readonly qf: Tensor4D; // [B,H,N,F]
  /** KH <= H; query head h reads key-value head floor(h * KH / H). Padding keys have features 0. */
  readonly kf: Tensor4D; // [B,KH,M,F]
  readonly v: Tensor4D; // [B,KH,M,Dv]
}
export interface FeatureAttentionOptions {
  /** Query i sums over keys 0 .. i alone. */
  readonly causal: boolean;
  /** Added to the denominator. */
  readonly epsilon: number;
}

/** Throws a RangeError when shapes disagree. */
export function checkFeatures({ qf, kf, v }: FeatureTensors): void {
  const [batch, heads, , features] = qf.shape;
  if (kf.rank !== 4 || kf.shape[0] !== batch || kf.shape[3] !== features || kf.shape[1] > heads) {
    const wanted = `[${batch},KH,M,${features}] with KH at most ${heads}`;
    throw invalid("featureAttention", `kf must be ${wanted} (qf is [${qf.shape.join(",")}])`, kf.shape);
  }
  if (v.rank !== 4 || v.shape[0] !== batch || v.shape[1] !== kf.shape[1] || v.shape[2] !== kf.shape[2]) {
    throw invalid("featureAttention", `v must be [${batch},${kf.shape[1]},${kf.shape[2]},Dv]`, v.shape);
  }
}
