export interface ShawSetting {
  readonly heads: number;
  readonly length: number;
  readonly headDim: number;
  readonly scale: number;
  readonly causal: boolean;
  readonly clip: number;
  /** Keys meet the table too. */
  readonly both: boolean;
}

/** Shaw et al. 2018, equations 3 and 4, pair by pair in float64: q, k and v are [H,N,D] row-major, tables [2 clip + 1, D]. */
export function shawOracle(
  { heads, length, headDim, scale, causal, clip, both }: ShawSetting,
  [q, k, v]: ArrayLike<number>[],
  keys: ArrayLike<number>,
  values: ArrayLike<number> | undefined,
): number[] {
  const out: number[] = [];
  for (let h = 0; h < heads; h++) {
    for (let i = 0; i < length; i++) {
      const row = (h * length + i) * headDim;
      const seen = causal ? i + 1 : length;
      const table = (j: number) => (Math.max(-clip, Math.min(clip, j - i)) + clip) * headDim;
      const weights = Array.from({ length: seen }, (_, j) => {
        const key = (h * length + j) * headDim;
        let score = 0;
        for (let d = 0; d < headDim; d++) {
          const relative = keys[table(j) + d]!;
          score += q![row + d]! * (k![key + d]! + relative) + (both ? k![key + d]! * relative : 0);
        }
        return Math.exp(scale * score);
      });
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      for (let d = 0; d < headDim; d++) {
        const mixed = weights.map((weight, j) => {
          const value = v![(h * length + j) * headDim + d]! + (values?.[table(j) + d] ?? 0);
          return (weight / total) * value;
        });
        out.push(mixed.reduce((sum, term) => sum + term, 0));
      }
    }
  }
  return out;
}
