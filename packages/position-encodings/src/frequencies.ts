/** Frequencies base^(-c / denominator) of pairs c = 0 ... pairs - 1, in float64. */
export function geometricFrequencies(options: {
  readonly pairs: number;
  readonly base: number;
  /** Pairs over which the frequency falls by a factor `base`. */
  readonly denominator: number;
}): Float64Array {
  const { pairs, base, denominator } = options;
  return Float64Array.from({ length: pairs }, (_, pair) => base ** (-pair / denominator));
}

/**
 * Angles p * frequency of positions p = 0 ... positions - 1 (rows) and frequencies (columns), row-major and in float64: at
 * position 8192 a float32 angle would already be off by 5e-4.
 */
export function angles(positions: number, frequencies: Float64Array): Float64Array {
  const pairs = frequencies.length;
  return Float64Array.from(
    { length: positions * pairs },
    (_, index) => Math.floor(index / pairs) * (frequencies[index % pairs] ?? 0),
  );
}
