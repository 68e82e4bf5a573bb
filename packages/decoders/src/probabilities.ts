/** Index of the largest value; the lowest one among equals. */
export function argmax(values: Float32Array): number {
  let best = 0;
  for (let index = 1; index < values.length; index++) {
    if ((values[index] ?? 0) > (values[best] ?? 0)) best = index;
  }
  return best;
}

/** Softmax in float64; a logit of -Infinity has probability 0. */
export function softmax(logits: Float32Array): Float64Array {
  const top = logits[argmax(logits)] ?? 0;
  const weights = Float64Array.from(logits, (logit) => Math.exp(logit - top));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** Ids from the most to the least likely; equal logits in order of id. */
export function ranking(logits: Float32Array): Int32Array {
  const value = (id: number) => logits[id] ?? 0;
  return Int32Array.from(logits.keys()).sort((a, b) => (value(a) === value(b) ? a - b : value(b) > value(a) ? 1 : -1));
}

/** The id in whose stretch of the cumulative distribution `uniform`, from [0, 1), falls. */
export function draw(probabilities: Float64Array, uniform: number): number {
  let cumulative = 0;
  let last = 0;
  for (const [id, probability] of probabilities.entries()) {
    if (probability === 0) continue;
    cumulative += probability;
    if (uniform < cumulative) return id;
    last = id;
  }
  // Rounding may leave the sum a hair below 1: the last possible id owns the remainder.
  return last;
}
