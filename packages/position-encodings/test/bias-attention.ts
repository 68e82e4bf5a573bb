import { biasTable, type Position } from "@attention-lab/attention";
import { patternAttention } from "@attention-lab/ops";
import { countLeaks, normalValues } from "@attention-lab/tensors";
import { range, tensor, tensor1d, type Tensor2D, type Tensor4D, tidy } from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import type { PositionEncoding, PositionSite } from "../src/index.ts";

// What the tests of biases on scores share: three heads of nine queries over fourteen keys.

export const site: PositionSite = { dModel: 12, heads: 3, headDim: 4, maxLength: 20, seed: 3 };

/** Rows by head. */
export const biasAt = (position: Position, offsets: number[]) =>
  tidy(() => position.bias?.at(tensor1d(offsets, "float32")) as Tensor2D).arraySync();

export const largest = (got: ArrayLike<number>, want: ArrayLike<number>) =>
  Math.max(...Array.from(want, (value, i) => Math.abs((got[i] ?? NaN) - value)));

export interface Setting {
  readonly causal: boolean;
  readonly queryOffset: number;
}
export const [queries, keys, headDim] = [9, 14, 4];
const inputs = [
  normalValues(1, 3 * queries * headDim),
  normalValues(2, 3 * keys * headDim),
  normalValues(3, 3 * keys * headDim),
] as const;
export const [q, k, v] = inputs;

/** softmax(q k^T + bias) v by the operation that layers use. */
export function attention(position: Position, { causal, queryOffset }: Setting): Tensor4D {
  const heads = (values: Float32Array, length: number) => tensor(values, [1, 3, length, headDim]) as Tensor4D;
  const bias = biasTable({ bias: position.bias } as Parameters<typeof biasTable>[0], { queries, keys, queryOffset });
  return patternAttention(
    { q: heads(q, queries), k: heads(k, keys), v: heads(v, keys), ...(bias === undefined ? {} : { bias }) },
    { pattern: { causal }, scale: 1, queryOffset },
  );
}

/** The bias and the encoding's parameters are all that outlives a call. */
export function expectNoLeak(encoding: PositionEncoding): void {
  const offsets = range(-5, 6);
  const leaked = countLeaks(() => {
    const position = encoding.build(site);
    expect(countLeaks(() => position.bias?.at(offsets))).toBe(1);
    expect(countLeaks(() => position.bias?.at(offsets).dispose())).toBe(0);
    for (const variable of Object.values(position.parameters)) variable.dispose();
  });
  // The bias that was kept on purpose.
  expect(leaked).toBe(1);
}
