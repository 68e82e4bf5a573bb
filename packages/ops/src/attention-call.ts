import type { Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { invalid } from "@attention-lab/tensors";
import type { Pattern } from "./pattern.ts";
import { checkPattern } from "./reach.ts";

/**
 * Shaw's relative position representations (Shaw et al. 2018, equations 3 and 4), one vector per offset clip(key - query position) + clip:
 * score(n, m) gains scale q_n . keys[r(n, m)], and out_n gains the sum over m of weight(n, m) values[r(n, m)].
 */
export interface RelativeTerms {
  /** Offsets are clipped to [-clip, clip]. */
  readonly clip: number;
  readonly keys: Tensor2D; // [2 clip + 1, D]
  readonly values?: Tensor2D | undefined; // [2 clip + 1, Dv]
  /** "both" adds scale k_m . keys[r(n, m)] as well (BERT's "relative_key_query", Huang et al. 2020, method 4); by composition only. */
  readonly sides?: "query" | "both" | undefined;
}

export interface AttentionInputs {
  readonly q: Tensor4D; // [B,H,N,D]
  /** KH <= H; query head h reads key-value head floor(h * KH / H). */
  readonly k: Tensor4D; // [B,KH,M,D]
  readonly v: Tensor4D; // [B,KH,M,Dv]
  /** 1 = a real key, 0 = padding that no query sees. */
  readonly keyPadding?: Tensor2D | undefined; // [B,M]
  /** Added to the scaled scores by offset: entry key - query + N - 1, both counted from 0 whatever the queryOffset. */
  readonly bias?: Tensor2D | undefined; // [H,N+M-1]
  readonly relative?: RelativeTerms | undefined;
}

export interface AttentionOptions {
  readonly pattern: Pattern;
  /** Multiplies q.k. */
  readonly scale: number;
  /** Position of query 0 among the keys: 0 aligns top left; a cache passes its length. */
  readonly queryOffset: number;
  /** Positions of global keys, one list per batch row: seen from every query, subject to `causal` alone. */
  readonly globals?: readonly (readonly number[])[] | undefined;
  /** Drops attention weights (after softmax, before v); the caller passes it in training only. */
  readonly dropout?: { readonly rate: number; readonly seed: number; readonly step: number } | undefined;
}

export interface AttentionSizes {
  readonly batch: number;
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
}

/** Checks that all shapes agree and reads the sizes off them. `v` may be absent where only weights are wanted. */
export function checkAttention(
  who: string,
  { q, k, v, keyPadding, bias, relative }: Omit<AttentionInputs, "v"> & { readonly v?: Tensor4D | undefined },
  { pattern, globals, dropout }: AttentionOptions,
): AttentionSizes {
  const [batch, heads, queries, width] = q.shape;
  const [keyBatch, keyHeads, keys, keyWidth] = k.shape;
  checkPattern(who, pattern, heads);
  if (q.rank !== 4 || k.rank !== 4 || keyBatch !== batch || keyWidth !== width || keyHeads > heads) {
    throw invalid(
      who,
      `k must be [${batch},KH,M,${width}] with KH at most ${heads} (q is [${q.shape.join(",")}])`,
      k.shape,
    );
  }
  if (v !== undefined && (v.rank !== 4 || v.shape[0] !== batch || v.shape[1] !== keyHeads || v.shape[2] !== keys)) {
    throw invalid(who, `v must be [${batch},${keyHeads},${keys},Dv]`, v.shape);
  }
  if (keyPadding !== undefined && (keyPadding.shape[0] !== batch || keyPadding.shape[1] !== keys)) {
    throw invalid(who, `keyPadding must be [${batch},${keys}]`, keyPadding.shape);
  }
  if (bias !== undefined && (bias.shape[0] !== heads || bias.shape[1] !== queries + keys - 1)) {
    throw invalid(who, `bias must be [${heads},${queries + keys - 1}]`, bias.shape);
  }
  if (relative !== undefined) checkRelative(who, relative, width, v?.shape[3]);
  if (dropout !== undefined && !(dropout.rate >= 0 && dropout.rate < 1)) {
    throw invalid(who, "dropout.rate must be at least 0 and below 1", dropout.rate);
  }
  if (globals !== undefined && globals.length !== batch) {
    throw invalid(who, `globals must have one list for each of the ${batch} batch rows`, globals.length);
  }
  for (const position of globals?.flat() ?? []) {
    if (!Number.isInteger(position) || position < 0 || position >= keys) {
      throw invalid(who, `a global position must be one of the ${keys} keys`, position);
    }
  }
  return { batch, heads, queries, keys };
}

function checkRelative(who: string, { clip, keys, values }: RelativeTerms, width: number, valueWidth?: number): void {
  if (!Number.isSafeInteger(clip) || clip < 0)
    throw invalid(who, "relative.clip must be an integer of at least 0", clip);
  const offsets = 2 * clip + 1;
  if (keys.rank !== 2 || keys.shape[0] !== offsets || keys.shape[1] !== width) {
    throw invalid(who, `relative.keys must be [${offsets},${width}]`, keys.shape);
  }
  if (values === undefined) return;
  if (values.rank !== 2 || values.shape[0] !== offsets || values.shape[1] !== (valueWidth ?? values.shape[1])) {
    throw invalid(who, `relative.values must be [${offsets},${valueWidth ?? "Dv"}]`, values.shape);
  }
}
