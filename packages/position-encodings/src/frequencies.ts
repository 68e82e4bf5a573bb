/**
 * Angles p * base^(-c / denominator) of positions p = 0 ... positions - 1 (rows) and pairs c = 0 ... pairs - 1 (columns), in
 * float64: at position 8192 a float32 angle would already be off by 5e-4. Returned row-major.
 */
export function angles(options: {
  readonly positions: number;
  readonly pairs: number;
  readonly base: number;
  /** Pairs over which the frequency falls by a factor `base`. */
  readonly denominator: number;
}): Float64Array {
  const { positions, pairs, base, denominator } = options;
  const frequencies = Float64Array.from({ length: pairs }, (_, pair) => base ** (-pair / denominator));
  return Float64Array.from(
    { length: positions * pairs },
    (_, index) => Math.floor(index / pairs) * (frequencies[index % pairs] ?? 0),
  );
}
