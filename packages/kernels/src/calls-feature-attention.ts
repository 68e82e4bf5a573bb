import { holds, positiveNumbers } from "./check.ts";
import type { FeatureAttentionCall, FeatureAttentionGradientCall } from "./engine.ts";
import type { AnyArray, Invocation } from "./operations.ts";

/** Checks a call and lays it out for `read_feature_attention` in csrc/feature-attention.c. */
function layOut(who: string, call: FeatureAttentionCall): { sizes: number[]; arrays: AnyArray[] } {
  const { batch, heads, keyValueHeads, queries, keys, features, valueDim } = call;
  positiveNumbers(who, { batch, heads, keyValueHeads, queries, keys, features, valueDim });
  if (heads % keyValueHeads !== 0) {
    throw new RangeError(`${who}: heads must be a multiple of keyValueHeads (${keyValueHeads}), got ${heads}`);
  }
  if (!Number.isFinite(call.epsilon)) throw new RangeError(`${who}: epsilon must be finite, got ${call.epsilon}`);
  holds(who, "qf", call.qf, batch * heads * queries * features);
  holds(who, "kf", call.kf, batch * keyValueHeads * keys * features);
  holds(who, "v", call.v, batch * keyValueHeads * keys * valueDim);
  holds(who, "out", call.out, batch * heads * queries * valueDim);
  holds(who, "denominator", call.denominator, batch * heads * queries);
  return {
    sizes: [batch, heads, keyValueHeads, queries, keys, features, valueDim, Number(call.causal)],
    arrays: [call.qf, call.kf, call.v, call.out, call.denominator],
  };
}

export function featureAttentionInvocation(engine: string, call: FeatureAttentionCall): Invocation {
  const { sizes, arrays } = layOut(`${engine} featureAttention`, call);
  const padded = [...arrays, undefined, undefined, undefined, undefined];
  return { operation: "featureAttention", sizes, numbers: [call.epsilon], arrays: padded, access: "rrrwwrrrr" };
}

export function featureAttentionGradientInvocation(engine: string, call: FeatureAttentionGradientCall): Invocation {
  const who = `${engine} featureAttentionGradient`;
  const { sizes, arrays } = layOut(who, call);
  const { batch, heads, keyValueHeads, queries, keys, features, valueDim } = call;
  holds(who, "dOut", call.dOut, batch * heads * queries * valueDim);
  holds(who, "dqf", call.dqf, batch * heads * queries * features);
  holds(who, "dkf", call.dkf, batch * keyValueHeads * keys * features);
  holds(who, "dv", call.dv, batch * keyValueHeads * keys * valueDim);
  return {
    operation: "featureAttentionGradient",
    sizes,
    numbers: [call.epsilon],
    arrays: [...arrays, call.dOut, call.dqf, call.dkf, call.dv],
    access: "rrrrrrwww",
  };
}
