import { add, concat, mul, slice, type Tensor4D, zeros } from "@tensorflow/tfjs-core";
import { carry, matMulHeads, scope } from "@attention-lab/tensors";
import { decayColumn } from "./decay-tables.ts";
import { checkRetention, type RetentionOptions, type RetentionTensors } from "./retention-call.ts";

/** The recurrence looks back: `past` is the only form it has. */
type Recurrence = Omit<RetentionOptions, "sees">;

/**
 * One position of the recurrent form (Sun et al. 2023, eq. 6): S_n = gamma S_(n-1) + k_n^T v_n, out_n = scale q_n S_n.
 *
 * @param state S_(n-1) [B,H,D,Dv], zeros before the first position
 * @param next q and k [B,H,1,D], v [B,H,1,Dv]
 * @returns out_n [B,H,1,Dv] and S_n
 */
export function recurrentStep(
  state: Tensor4D,
  { q, k, v }: RetentionTensors,
  { gammas, scale }: Recurrence,
): { readonly output: Tensor4D; readonly state: Tensor4D } {
  return scope("recurrentStep", () => {
    const decay = decayColumn({ batch: q.shape[0], gammas, length: 1 }, () => 1); // [B,H,1,1]
    const following = add<Tensor4D>(mul(state, decay), matMulHeads(k, v, true)); // [B,H,D,Dv]
    return { output: matMulHeads(mul(q, scale), following), state: following };
  });
}

/**
 * Retention in its recurrent form, position by position: what decoding computes. O(N) time, and a state of D x Dv numbers for each head.
 *
 * @returns [B,H,N,Dv]
 */
export function recurrentRetention(inputs: RetentionTensors, options: Recurrence): Tensor4D {
  checkRetention("recurrentRetention", inputs, options);
  const { q, k, v } = inputs;
  const [batch, heads, length, width] = q.shape;
  return scope("recurrentRetention", () => {
    let walk: Walk = { state: zeros([batch, heads, width, v.shape[3]]), outputs: [] };
    for (let position = 0; position < length; position++) {
      const row = (x: Tensor4D): Tensor4D => slice(x, [0, 0, position, 0], [batch, heads, 1, x.shape[3]]);
      walk = carry(walk, ({ state, outputs }) => {
        const next = recurrentStep(state, { q: row(q), k: row(k), v: row(v) }, options);
        return { state: next.state, outputs: [...outputs, next.output] };
      });
    }
    return concat(walk.outputs, 2);
  });
}

/** The state after the positions so far, and their outputs [B,H,1,Dv]. */
type Walk = { state: Tensor4D; outputs: Tensor4D[] };
