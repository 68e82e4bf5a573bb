import { mul, type Tensor4D } from "@tensorflow/tfjs-core";
import { matMulHeads, scope } from "@attention-lab/tensors";
import { decayMatrix, seesOf } from "./decay-tables.ts";
import { checkRetention, type RetentionOptions, type RetentionTensors } from "./retention-call.ts";

/**
 * Retention in its parallel form (Sun et al. 2023, "Retentive Network", eq. 5): (scale Q K^T * D) V, D_nm = gamma^(n - m) for m <= n, else 0
 * (`past`). The textbook: an N x N matrix for each head, O(N^2) time and memory.
 *
 * @returns [B,H,N,Dv]
 */
export function parallelRetention(inputs: RetentionTensors, options: RetentionOptions): Tensor4D {
  checkRetention("parallelRetention", inputs, options);
  return scope("parallelRetention", () => matMulHeads(retentionWeights(inputs, options), inputs.v));
}

/** The matrix scale Q K^T * D, [B,H,N,N]: signed, and its rows do not sum to 1. */
export function retentionWeights({ q, k }: Omit<RetentionTensors, "v">, options: RetentionOptions): Tensor4D {
  const { gammas, scale, sees } = options;
  return scope("retentionWeights", () =>
    mul(matMulHeads(q, k, false, true), decayMatrix(q.shape[2], { gammas, scale, sees: seesOf(sees) })),
  );
}
