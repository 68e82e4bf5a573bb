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

/** Logarithm of the softmax in float64, exact where the probability would underflow. */
export function logSoftmax(logits: Float32Array): Float64Array {
  const top = logits[argmax(logits)] ?? 0;
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit - top), 0);
  return Float64Array.from(logits, (logit) => logit - top - Math.log(total));
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
