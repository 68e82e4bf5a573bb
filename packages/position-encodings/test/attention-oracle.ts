/** One softmax attention layer over given heads, [H,N,D] and [H,M,D] row-major, and a number made of its output. */
export interface OracleLayer {
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
  readonly width: number;
  readonly q: ArrayLike<number>;
  readonly k: ArrayLike<number>;
  readonly v: ArrayLike<number>;
  readonly cotangent: ArrayLike<number>;
  readonly causal: boolean;
  /** Position of query 0 among the keys. */
  readonly queryOffset: number;
  readonly scale: number;
  readonly bias: (head: number, offset: number) => number;
}

/** sum(out * cotangent) by the definition, in float64 loops. */
export function oracleLoss(layer: OracleLayer): number {
  const { heads, queries, keys, width, q, k, v, cotangent, causal, queryOffset, scale, bias } = layer;
  let loss = 0;
  for (let h = 0; h < heads; h++) {
    for (let i = 0; i < queries; i++) {
      const row = (h * queries + i) * width;
      const weights: number[] = [];
      const worths: number[] = [];
      for (let j = 0; j < keys; j++) {
        const offset = j - i - queryOffset;
        if (causal && offset > 0) continue;
        const key = (h * keys + j) * width;
        let score = bias(h, offset);
        let worth = 0;
        for (let d = 0; d < width; d++) {
          score += scale * (q[row + d] ?? NaN) * (k[key + d] ?? NaN);
          worth += (v[key + d] ?? NaN) * (cotangent[row + d] ?? NaN);
        }
        weights.push(Math.exp(score));
        worths.push(worth);
      }
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      loss += weights.reduce((sum, weight, n) => sum + (weight / total) * (worths[n] ?? NaN), 0);
    }
  }
  return loss;
}
