import type { GoldenTensor, Tolerance } from "./golden-case.ts";

export interface Comparison {
  readonly name: string;
  /** Largest |got - want|. */
  readonly largest: number;
  /** Largest |got - want| / (atol + rtol |want|): at most 1 passes. */
  readonly ratio: number;
}

/** NaN and infinities must be met literally. */
export function compare(name: string, got: ArrayLike<number>, want: GoldenTensor, tolerance: Tolerance): Comparison {
  if (got.length !== want.values.length)
    return { name: `${name} (length ${got.length}, not ${want.values.length})`, largest: Infinity, ratio: Infinity };
  let largest = 0;
  let ratio = 0;
  for (let i = 0; i < got.length; i++) {
    const [g, w] = [got[i] as number, want.values[i] as number];
    if (Object.is(g, w) || (Number.isNaN(g) && Number.isNaN(w)) || g === w) continue;
    const difference = Math.abs(g - w);
    const bad = !Number.isFinite(difference);
    largest = Math.max(largest, bad ? Infinity : difference);
    ratio = Math.max(ratio, bad ? Infinity : difference / (tolerance.atol + tolerance.rtol * Math.abs(w)));
  }
  return { name, largest, ratio };
}
