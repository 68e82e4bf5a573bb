import type { Tensor4D } from "@tensorflow/tfjs-core";
import { invalid } from "@attention-lab/tensors";

/** Queries, keys and values of one sequence, as many heads of each: grouped heads are repeated before. */
export interface RetentionTensors {
  readonly q: Tensor4D; // [B,H,N,D]
  readonly k: Tensor4D; // [B,H,N,D]
  readonly v: Tensor4D; // [B,H,N,Dv]
}

/** Which positions j a position i sees: `past` j <= i (the paper), `future` j >= i, `all` both, i itself once. */
export type Sees = "past" | "future" | "all";

export interface RetentionOptions {
  /** One decay for each head, above 0 and at most 1: what is one position further away counts gamma times as much. */
  readonly gammas: readonly number[];
  /** Multiplies q.k; 1/sqrt(D) in the paper's section 2.4. */
  readonly scale: number;
  readonly sees: Sees;
}

/** Decays of the paper's multi-scale retention (Sun et al. 2023, eq. 8): 1 - 2^(-5-h) for head h = 0, 1, ...: 0.969, 0.984, 0.992, ... */
export function retNetGammas(heads: number): number[] {
  return Array.from({ length: heads }, (_, head) => 1 - 2 ** (-5 - head));
}

/** @throws RangeError when shapes disagree or a decay is not one. */
export function checkRetention(
  who: string,
  { q, k, v }: RetentionTensors,
  { gammas }: Pick<RetentionOptions, "gammas">,
): void {
  const [batch, heads, length] = q.shape;
  if (k.shape.join() !== q.shape.join()) throw invalid(who, `k must be [${q.shape.join()}], as q`, k.shape);
  if (v.shape.slice(0, 3).join() !== [batch, heads, length].join()) {
    throw invalid(who, `v must be [${batch},${heads},${length},Dv]`, v.shape);
  }
  checkGammas(who, gammas, heads);
}

export function checkGammas(who: string, gammas: readonly number[], heads: number): void {
  if (gammas.length !== heads) throw invalid(who, `gammas must have one number for each of ${heads} heads`, gammas);
  const odd = gammas.find((gamma) => !(gamma > 0 && gamma <= 1));
  if (odd !== undefined) throw invalid(who, "gammas must be above 0 and at most 1", odd);
}
