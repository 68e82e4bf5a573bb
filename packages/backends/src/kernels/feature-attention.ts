import type { FeatureAttentionCall } from "@attention-lab/kernels";
import type { FeatureAttentionAttributes, FeatureAttentionInputs } from "@attention-lab/ops";
import type { EngineBackend } from "../engine-backend.ts";
import { fusedKernel, type Kernels } from "../kernel.ts";
import { at } from "../shapes.ts";

type Shared = Omit<FeatureAttentionCall, "out" | "denominator">;

function callOf(
  { qf, kf, v }: FeatureAttentionInputs,
  attrs: FeatureAttentionAttributes,
  backend: EngineBackend,
): Shared {
  return {
    batch: at(qf.shape, 0),
    heads: at(qf.shape, 1),
    keyValueHeads: at(kf.shape, 1),
    queries: at(qf.shape, 2),
    keys: at(kf.shape, 2),
    features: at(qf.shape, 3),
    valueDim: at(v.shape, 3),
    causal: attrs.causal,
    epsilon: attrs.epsilon,
    qf: backend.values(qf),
    kf: backend.values(kf),
    v: backend.values(v),
  };
}

export const featureAttentionKernels: Kernels = {
  FeatureAttention: fusedKernel("FeatureAttention", (inputs, attrs, backend) => {
    const call = callOf(inputs, attrs, backend);
    const out = backend.output([call.batch, call.heads, call.queries, call.valueDim]);
    const denominator = backend.output([call.batch, call.heads, call.queries]);
    backend.engine.featureAttention({ ...call, out: backend.values(out), denominator: backend.values(denominator) });
    return [out, denominator];
  }),

  FeatureAttentionGrad: fusedKernel("FeatureAttentionGrad", (inputs, attrs, backend) => {
    const { qf, kf, v, out, denominator, dOut } = inputs;
    const [dqf, dkf, dv] = [backend.output(qf.shape), backend.output(kf.shape), backend.output(v.shape)];
    backend.engine.featureAttentionGradient({
      ...callOf(inputs, attrs, backend),
      out: backend.values(out),
      denominator: backend.values(denominator),
      dOut: backend.values(dOut),
      dqf: backend.values(dqf),
      dkf: backend.values(dkf),
      dv: backend.values(dv),
    });
    return [dqf, dkf, dv];
  }),
};
