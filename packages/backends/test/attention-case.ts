import { type AttentionOptions, type Pattern, patternAttention } from "@attention-lab/ops";
import { type Tensor, type Tensor2D, tensor2d, type Tensor4D } from "@tensorflow/tfjs-core";
import { R, valueAndGradients } from "./differentiate.ts";

/** One call of pattern attention, of random tensors. */
export interface AttentionCase {
  readonly name: string;
  readonly sizes: readonly [batch: number, heads: number, kvHeads: number, n: number, m: number, d: number, dv: number];
  readonly pattern: Pattern;
  readonly queryOffset?: number;
  readonly globals?: number[][];
  readonly padding?: boolean;
  readonly bias?: boolean;
  /** Shaw's clip: with key vectors, and value vectors too where `values` says so. */
  readonly clip?: number;
  readonly values?: boolean;
  readonly rate?: number;
}

export const window = (before: number, after: number, dilation: number | number[] = 1, isCausal = false): Pattern => ({
  causal: isCausal,
  window: { before, after, dilation },
});

/** Row 0 has every key, the last row has none at all, the rows between lose their last keys. */
export function paddingOf(batch: number, keys: number): Tensor2D {
  const visible = (row: number) => (row === batch - 1 && batch > 2 ? 0 : keys - 3 * row);
  return tensor2d(
    Array.from({ length: batch }, (_, b) => Array.from({ length: keys }, (_, j) => (j < visible(b) ? 1 : 0))),
  );
}

/** Its output, then the gradients of all that it can differentiate. */
export function attend(one: AttentionCase): Tensor[] {
  const [batch, heads, kvHeads, n, m, d, dv] = one.sizes;
  const options: AttentionOptions = {
    pattern: one.pattern,
    scale: d ** -0.5,
    queryOffset: one.queryOffset ?? 0,
    globals: one.globals,
    dropout: one.rate === undefined ? undefined : { rate: one.rate, seed: 11, step: 4 },
  };
  const keyPadding = one.padding === true ? paddingOf(batch, m) : undefined;
  const inputs = [R([batch, heads, n, d]), R([batch, kvHeads, m, d], 2), R([batch, kvHeads, m, dv], 3)];
  if (one.bias === true) inputs.push(R([heads, n + m - 1], 4));
  const offsets = 2 * (one.clip ?? 0) + 1;
  if (one.clip !== undefined) inputs.push(R([offsets, d], 5));
  if (one.values === true) inputs.push(R([offsets, dv], 6));
  return valueAndGradients((...x) => {
    const [q, k, v, ...rest] = x as [Tensor4D, Tensor4D, Tensor4D, ...Tensor2D[]];
    const bias = one.bias === true ? rest.shift() : undefined;
    const [keys, values] = rest;
    const relative = one.clip === undefined || keys === undefined ? undefined : { clip: one.clip, keys, values };
    return patternAttention({ q, k, v, keyPadding, bias, relative }, options);
  }, inputs);
}
