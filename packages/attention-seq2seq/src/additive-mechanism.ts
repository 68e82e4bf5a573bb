import { mul, reshape, type Tensor, type Tensor2D, tensor, type Tensor4D, type Variable } from "@tensorflow/tfjs-core";
import type { Call, Mechanism, Site } from "@attention-lab/attention";
import { parameter, type Parameters } from "@attention-lab/nn";
import { dropout, visibleMask } from "@attention-lab/ops";
import { deriveSeed, maskedSoftmax, matMulHeads, randomUniform, repeatHeads, scope } from "@attention-lab/tensors";
import { additiveScores } from "./additive-scores.ts";
import { headsFirst } from "./project-heads.ts";

/** What an additive variant supplies: its hidden layer before tanh, split into the query's part and the key's. */
export interface Additive {
  readonly parameters: Parameters;
  /** One vector per head [H,A]. */
  readonly vector: Variable;
  /** q [B,H,N,D] -> [H,B,N,A]. */
  readonly queries: (q: Tensor4D) => Tensor4D;
  /** k [B,H,M,D] -> [H,B,M,A]. */
  readonly keys: (k: Tensor4D) => Tensor4D;
}

/** softmax_j(v . tanh(queries(q_i) + keys(k_j))) over the keys that are not padding and, at a causal site, not later. */
export function additiveMechanism(site: Site, { parameters, vector, queries, keys }: Additive): Mechanism {
  const weights = (call: Call): Tensor4D => {
    const visible = visibleOf(call, site);
    return scope("additive weights", () => {
      const scores = additiveScores(queries(call.q), keys(repeatHeads(call.k, site.heads)), vector as Tensor2D); // [H,B,N,M]
      return maskedSoftmax(headsFirst(scores), visible) as Tensor4D;
    });
  };
  return {
    parameters,
    attend(call) {
      const { dropout: rate, seed } = site;
      const { training, step } = call;
      const kept = training && rate > 0 ? dropout(weights(call), { rate, seed, step, training }) : weights(call);
      return matMulHeads(kept as Tensor4D, repeatHeads(call.v, site.heads));
    },
    weights,
  };
}

/** Broadcasts to [B,H,N,M]. */
function visibleOf({ q, k, keyPadding, queryOffset }: Call, { causal }: Site): Tensor | undefined {
  const [queries, keys] = [q.shape[2], k.shape[2]];
  const real = keyPadding === undefined ? undefined : reshape(keyPadding, [keyPadding.shape[0], 1, 1, keys]);
  if (!causal) return real;
  const seen = visibleMask({ causal }, { heads: 1, queries, keys, queryOffset });
  const past = tensor(Float32Array.from(seen), [1, 1, queries, keys]);
  return real === undefined ? past : mul(past, real);
}

/** A matrix per head [H,inputs,outputs], uniform in +-sqrt(6 / (inputs + outputs)) (Glorot and Bengio 2010, eq. 16). */
export function headMatrix({ heads, seed }: Site, label: string, inputs: number, outputs: number): Variable {
  const limit = Math.sqrt(6 / (inputs + outputs));
  return parameter(() => randomUniform(deriveSeed(seed, label), [heads, inputs, outputs], -limit, limit));
}

/** A vector per head [H,units], drawn as the matrix [units,1] would be. */
export function headVector({ heads, seed }: Site, label: string, units: number): Variable {
  const limit = Math.sqrt(6 / (units + 1));
  return parameter(() => randomUniform(deriveSeed(seed, label), [heads, units], -limit, limit));
}
